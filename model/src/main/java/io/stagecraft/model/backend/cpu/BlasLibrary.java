package io.stagecraft.model.backend.cpu;

import java.nio.file.Path;

/// What computes matrix products.
public sealed interface BlasLibrary {
    /// No library: tiles in machine code, where the processor is one that they are written for
    /// (x86-64 with AVX2 or AVX-512, Linux); else [Bundled].
    ///
    /// @param cacheFolder as in [Bundled]
    record Fastest(Path cacheFolder) implements BlasLibrary {}

    /// OpenBLAS from the natives jar on the class path, unpacked into `cacheFolder` once.
    ///
    /// @param cacheFolder created if absent, readable by this user only
    record Bundled(Path cacheFolder) implements BlasLibrary {}

    /// Any library with the C interface of BLAS, for example MKL's `libmkl_rt.so`.
    ///
    /// @param library absolute path of the shared library
    record At(Path library) implements BlasLibrary {
        public At {
            if (!library.isAbsolute()) {
                throw new IllegalArgumentException("the path of a BLAS must be absolute but is " + library);
            }
        }
    }
}
