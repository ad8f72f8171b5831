package io.stagecraft.tests.benchmark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The BLAS libraries that the peer can run on.
public enum Blas {
    /// oneMKL from Maven Central, over the GNU OpenMP runtime that PyTorch uses, too.
    MKL(Path.of("tests/benchmark/peer/target/natives/libmkl_rt.so.3")),
    /// OpenBLAS of Debian's `libopenblas0-openmp`: one from Maven Central has threads of its own,
    /// which get into the way of PyTorch's.
    OPENBLAS(Path.of("/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0"));

    private final Path library;

    Blas(Path library) {
        this.library = library;
    }

    /// The file that is loaded; a relative one is relative to the project's folder.
    Path library() {
        return library;
    }

    /// Whether the file is there.
    boolean isInstalled() {
        return Files.exists(library);
    }

    /// What the library reads from the environment.
    ///
    /// @param threads of one operation
    /// @param machine where it runs
    Map<String, String> environment(int threads, Machine machine) {
        return switch (this) {
            case MKL ->
                Map.of(
                        "MKL_NUM_THREADS", Integer.toString(threads),
                        "MKL_DYNAMIC", "FALSE",
                        "MKL_THREADING_LAYER", "GNU",
                        "MKL_INTERFACE_LAYER", "LP64");
            case OPENBLAS -> {
                // 0.3.21 takes Intel processors that are younger than itself for the oldest with 64 bits.
                Map<String, String> kernels = machine.hasAvx512() ? Map.of("OPENBLAS_CORETYPE", "SKYLAKEX") : Map.of();
                yield kernels;
            }
        };
    }
}
