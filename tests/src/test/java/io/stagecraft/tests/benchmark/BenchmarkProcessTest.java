package io.stagecraft.tests.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchmarkProcessTest {
    @TempDir
    private Path directory;

    @Test
    void shouldReadTheLastLineOfTheOutput() throws Exception {
        Measurement measurement = shell("""
                        echo a warning
                        echo '{"stepMillis":[1.5,2.5],"tokensPerStep":7,"firstLoss":4.25,"lastLoss":'$LOSS',"peakResidentBytes":9}'
                        """).run(directory.resolve("log"), Measurement.class);

        assertThat(measurement).isEqualTo(new Measurement(List.of(1.5, 2.5), 7, 4.25, 4.125, 9));
    }

    @Test
    void shouldShowTheEndOfTheLogOfAProcessThatFails() {
        assertThatThrownBy(() -> shell("echo the cause >&2; exit 3").run(directory.resolve("log"), Measurement.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("exit code 3")
                .hasMessageContaining("the cause");
    }

    @Test
    void shouldRefuseAProcessThatPrintsNoMeasurement() {
        assertThatThrownBy(() -> shell("echo done").run(directory.resolve("log"), Measurement.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("its last line is no measurement");
    }

    private static BenchmarkProcess shell(String script) {
        return new BenchmarkProcess(List.of("sh", "-c", script), Map.of("LOSS", "4.125"));
    }
}
