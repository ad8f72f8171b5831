package io.stagecraft.tests.benchmark;

import io.stagecraft.model.backend.cpu.BlasLibrary;
import java.nio.file.Path;
import java.util.Map;

/// The BLAS libraries that our side can run on, at one thread a rank.
public enum OurBlas {
    /// What runs without a setting: our own tiles where the processor has them.
    AUTO,
    /// OpenBLAS from the jar that Stagecraft depends on.
    BUNDLED,
    /// The peer's oneMKL, as somebody would name it in `backend.blas`.
    MKL;

    private static final Path CACHE = Path.of("tests/target/benchmark/natives");

    /// The library for the backend.
    BlasLibrary library() {
        return switch (this) {
            case AUTO -> new BlasLibrary.Fastest(CACHE);
            case BUNDLED -> new BlasLibrary.Bundled(CACHE);
            case MKL -> new BlasLibrary.At(Blas.MKL.library().toAbsolutePath());
        };
    }

    /// What the library reads from the environment.
    Map<String, String> environment() {
        return switch (this) {
            case AUTO, BUNDLED -> Map.of();
            case MKL ->
                Map.of(
                        "LD_LIBRARY_PATH",
                                Blas.MKL.library().toAbsolutePath().getParent().toString(),
                        "MKL_NUM_THREADS", "1",
                        "MKL_DYNAMIC", "FALSE",
                        "MKL_THREADING_LAYER", "INTEL",
                        "MKL_INTERFACE_LAYER", "LP64");
        };
    }
}
