package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunArgumentsTest {
    private static final String TEXT = """
            stagecraft { run.seed = 5, data.sequence-length = 64
              train { train-iters = 10, global-batch-size = 8, micro-batch-size = 2 }
              optimizer { learning-rate = 1e-3, min-learning-rate = 0, beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8
                weight-decay = 0.1, clip-grad = 1, decay-style = cosine, decay-samples = 0, warmup-samples = "8" } }
            """;

    @TempDir
    private Path folder;

    @Test
    void shouldReadTheConfigurationOfARun() {
        assertThat(RunArguments.of(Map.of("hocon", TEXT)))
                .containsEntry("seed", 5L)
                .containsEntry("lr_warmup_iters", 1L);
    }

    /// A checkpoint may be anybody's.
    @Test
    void shouldReadNoFileThatACheckpointNames() throws IOException {
        Path file = Files.writeString(folder.resolve("other.conf"), TEXT);
        assertThat(RunArguments.of(Map.of("hocon", "include file(\"" + file + "\")")))
                .isEmpty();
        assertThat(RunArguments.of(Map.of("hocon", "include url(\"" + file.toUri() + "\")")))
                .isEmpty();
        assertThat(RunArguments.of(Map.of("hocon", "include \"" + file + "\""))).isEmpty();
    }

    @Test
    void shouldTakeNothingFromTextThatIsTooDeep() {
        assertThat(RunArguments.of(Map.of("hocon", "{\"a\":".repeat(100_000)))).isEmpty();
    }
}
