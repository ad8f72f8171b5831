package io.stagecraft.tests.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.actors.config.ConfigOutcome;
import io.stagecraft.actors.config.ConfigRequest;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfigReader;
import io.stagecraft.actors.config.TransportSettings;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.stages.topology.ParallelTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The loss on a text of a model that others saved without a tokenizer. Oracle: a model of zeros finds
/// all tokens equally likely.
class ForeignEvaluationTest {
    /// 256 bytes and the end of a document, made even.
    private static final int VOCABULARY = 258;

    @TempDir
    private Path folder;

    @BeforeEach
    void save() throws IOException {
        new UniformAttention(VOCABULARY, 16, 8, 2).save(folder.resolve("model"));
        Files.writeString(folder.resolve("text.txt"), "the cat sat on the mat; ".repeat(60));
        new ObjectMapper().writeValue(folder.resolve("bytes.json").toFile(), bytes());
        Files.writeString(folder.resolve("none.txt"), "#version: 0.2\n");
    }

    /// GPT-2's names of bytes: printable ones are themselves, the others follow behind 255.
    private static Map<String, Integer> bytes() {
        var tokens = new LinkedHashMap<String, Integer>();
        int others = 256;
        for (int value = 0; value < 256; value++) {
            boolean isPrintable = value > 32 && value < 127 || value > 160 && value != 173;
            tokens.put(Character.toString(isPrintable ? value : others++), value);
        }
        tokens.put("<|endoftext|>", 256);
        return tokens;
    }

    private RunEvent.Evaluated evaluate(ParallelTopology topology, String... more) throws Exception {
        var settings = new ArrayList<>(List.of(
                "run.directory=run",
                "data.text=text.txt",
                "data.sequence-length=16",
                "data.validation-fraction=0.3",
                "train.micro-batch-size=2",
                "train.global-batch-size=2",
                "train.eval-samples=4",
                "parallel.tensor-size=" + topology.tensorSize(),
                "parallel.pipeline-size=" + topology.pipelineSize()));
        settings.addAll(List.of(more));
        var request = new ConfigRequest(folder, Path.of("none.conf"), ConfigRequest.Presence.OPTIONAL, settings);
        StagecraftConfig config = ((ConfigOutcome.Accepted) new TrainConfigReader().read(request))
                .config()
                .settings();
        return new TinyRun(folder, topology, TransportSettings.Channel.LOOPBACK)
                .run(new RunJob.Evaluate(folder.resolve("model")), config)
                .of(RunEvent.Evaluated.class)
                .getFirst();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2"})
    void shouldEvaluateWithTheConfiguredVocabulary(int tensorSize, int pipelineSize) throws Exception {
        RunEvent.Evaluated told = evaluate(
                new ParallelTopology(tensorSize, pipelineSize, 1),
                "data.vocab-file=bytes.json",
                "data.merge-file=none.txt");

        assertThat(told.numTokens()).isEqualTo(4 * 16);
        // the logarithm of a float32 sum of 258 ones, which is exact
        assertThat(told.lmLoss()).isCloseTo(Math.log(VOCABULARY), within(1e-6));
    }

    @Test
    void shouldSayHowAVocabularyIsNamed() {
        assertThatThrownBy(() -> evaluate(new ParallelTopology(1, 1, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has 258 tokens and brings no tokenizer")
                .hasMessageContaining("data.vocab-file=FILE data.merge-file=FILE");
    }
}
