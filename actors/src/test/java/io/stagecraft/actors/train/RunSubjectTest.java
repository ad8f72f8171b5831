package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.data.DatasetFormatException;
import io.stagecraft.model.data.IndexedDatasetWriter;
import io.stagecraft.model.data.TokenType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunSubjectTest {
    @TempDir
    private Path folder;

    @Test
    void shouldTellTokensAndEpochsOfTheRun() throws IOException {
        Files.writeString(folder.resolve("text.txt"), "abcdefghij".repeat(400));
        var config = Fakes.settings(
                folder,
                "data.text=text.txt",
                "data.sequence-length=16",
                "data.validation-fraction=0.02",
                "train.train-iters=50",
                "train.eval-samples=4");

        RunSubject subject = RunSubject.read(new RunRequest(config, "", new RunJob.Train(), folder, 1));

        assertThat(subject.description())
                .anySatisfy(line -> assertThat(line)
                        .startsWith("this run: 50 steps, 800 samples, 12,800 tokens, ")
                        .endsWith(" epochs"));
    }

    @Test
    void shouldRefuseToEvaluateNothing() {
        var request = new RunRequest(
                Fakes.settings(folder, "train.eval-samples=0"), "", new RunJob.Evaluate(folder), folder, 1);

        assertThatThrownBy(() -> RunSubject.read(request))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("needs train.eval-samples of at least 1");
    }

    @Test
    void shouldRefuseDataOfALargerVocabulary() {
        // GPT-2's has 50,257 tokens
        try (IndexedDatasetWriter writer = IndexedDatasetWriter.create(folder.resolve("large"), TokenType.UINT16)) {
            writer.item(new int[] {50_256, 50_257, 0, 0}, 0, 4);
            writer.endDocument();
            writer.commit();
        }
        var config = Fakes.settings(folder, "data.path=[\"" + folder.resolve("large") + "\"]", "data.split=\"1\"");
        var request = new RunRequest(config, "", new RunJob.Train(), folder, 1);

        assertThatThrownBy(() -> RunSubject.read(request))
                .isInstanceOf(DatasetFormatException.class)
                .hasMessageContaining("large.bin: token 1 of document 0 (byte 2): must be in [0, 50257)");
    }
}
