package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where OpenBLAS comes from, and what is said when there is none.
class BundledOpenBlasTest {
    @TempDir
    Path folder;

    @Test
    void shouldUnpackAgainWhatWasDamaged() throws IOException {
        CpuRuntimeConfig config = new CpuRuntimeConfig(new BlasLibrary.Bundled(folder));
        CpuRuntime.open(config).close();
        Path damaged = quadmath();
        byte[] sound = Files.readAllBytes(damaged);
        byte[] other = sound.clone();
        other[other.length / 2] ^= 1;
        Files.write(damaged, other);

        CpuRuntime.open(config).close();

        assertThat(Files.readAllBytes(damaged)).isEqualTo(sound);
        assertThat(files()).hasSize(4);
    }

    @Test
    void shouldSayWhichLibraryRuns() {
        try (CpuRuntime runtime = CpuRuntime.open(new CpuRuntimeConfig(new BlasLibrary.Bundled(folder)))) {
            assertThat(runtime.describe()).contains("OpenBLAS 0.3.31", "kernels for", "1 thread");
        }
    }

    @Test
    void shouldSayWhichLibraryIsMissing() {
        Path missing = folder.resolve("libnone.so");

        assertThatThrownBy(() -> CpuRuntime.open(new CpuRuntimeConfig(new BlasLibrary.At(missing))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(missing.toString());
    }

    @Test
    void shouldSayThatALibraryHasNoBlas() throws IOException {
        CpuRuntime.open(new CpuRuntimeConfig(new BlasLibrary.Bundled(folder))).close();
        Path other = quadmath();

        assertThatThrownBy(() -> CpuRuntime.open(new CpuRuntimeConfig(new BlasLibrary.At(other))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has none");
    }

    private Path quadmath() throws IOException {
        return files().stream()
                .filter(file -> file.endsWith("libquadmath.so.0"))
                .findFirst()
                .orElseThrow();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
