package io.stagecraft.tests.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.config.ConfigOutcome;
import io.stagecraft.actors.config.ConfigRequest;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfigReader;
import io.stagecraft.actors.config.TransportSettings;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEvent.Evaluated.Occasion;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.model.data.IndexedDatasetWriter;
import io.stagecraft.model.data.TokenType;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Data sets with a test part: it is evaluated when training is done, and nothing else sees it.
class TestPartRunTest {
    @TempDir
    private Path folder;

    /// Documents of 20 tokens that count up from `first`, and 20 further on in each next one.
    private Path documents(String name, int num, int first) {
        Path prefix = folder.resolve(name);
        try (IndexedDatasetWriter writer = IndexedDatasetWriter.create(prefix, TokenType.UINT16)) {
            int[] tokens = new int[20];
            for (int document = 0; document < num; document++) {
                for (int i = 0; i < tokens.length; i++) {
                    tokens[i] = first + document * tokens.length + i;
                }
                writer.item(tokens, 0, tokens.length);
                writer.endDocument();
            }
            writer.commit();
        }
        return prefix;
    }

    /// Two steps of a rate so small that the weights stay what the seed made them.
    private List<RunEvent.Evaluated> evaluations(String name, String... data) throws Exception {
        var settings = new ArrayList<>(List.of(
                "run.directory=" + folder.resolve(name),
                "data.sequence-length=8",
                "model.num-layers=2",
                "model.hidden-size=16",
                "model.num-attention-heads=2",
                "model.max-position-embeddings=8",
                "train.train-iters=2",
                "train.micro-batch-size=2",
                "train.global-batch-size=4",
                "train.eval-interval=2",
                "train.eval-samples=4",
                "train.eval-order=continuing",
                "optimizer.learning-rate=1e-12",
                "optimizer.min-learning-rate=0",
                "generate.num-tokens=0",
                "parallel.tensor-size=1",
                "parallel.pipeline-size=1"));
        settings.addAll(List.of(data));
        var request = new ConfigRequest(folder, Path.of("none.conf"), ConfigRequest.Presence.OPTIONAL, settings);
        StagecraftConfig config = ((ConfigOutcome.Accepted) new TrainConfigReader().read(request))
                .config()
                .settings();
        return new TinyRun(folder, new ParallelTopology(1, 1, 1), TransportSettings.Channel.LOOPBACK)
                .run(new RunJob.Train(), config)
                .of(RunEvent.Evaluated.class);
    }

    @Test
    void shouldEvaluateTheTestPartAtTheEnd() throws Exception {
        Path train = documents("train", 12, 0);
        Path valid = documents("valid", 6, 1000);
        Path test = documents("test", 6, 5000);
        List<RunEvent.Evaluated> told = evaluations(
                "three",
                "data.train-path=[\"" + train + "\"]",
                "data.valid-path=[\"" + valid + "\"]",
                "data.test-path=[\"" + test + "\"]");
        // Where the test documents are the validation part, an evaluation of the same model sees
        // the same samples.
        List<RunEvent.Evaluated> swapped =
                evaluations("two", "data.train-path=[\"" + train + "\"]", "data.valid-path=[\"" + test + "\"]");

        assertThat(told)
                .extracting(RunEvent.Evaluated::occasion)
                .containsExactly(Occasion.INTERVAL, Occasion.END, Occasion.TEST);
        assertThat(swapped).extracting(RunEvent.Evaluated::occasion).containsExactly(Occasion.INTERVAL, Occasion.END);
        assertThat(told.getLast().numTokens()).isEqualTo(4 * 8);
        assertThat(told.getLast().lmLoss())
                .isEqualTo(swapped.getFirst().lmLoss())
                .isNotEqualTo(told.getFirst().lmLoss());
    }
}
