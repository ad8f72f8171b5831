package io.stagecraft.actors.config;

import java.nio.file.Path;

/// What does the arithmetic.
///
/// @param type which backend
/// @param products what multiplies matrices
public record BackendConfig(Type type, Products products) {
    /// What multiplies matrices.
    public sealed interface Products {
        /// The program's own code for this processor; where there is none, OpenBLAS.
        record Auto() implements Products {}

        /// The OpenBLAS of the class path.
        record OpenBlas() implements Products {}

        /// Another library with the CBLAS interface.
        ///
        /// @param path of the shared library
        record Library(Path path) implements Products {}
    }

    /// The backends.
    public enum Type {
        /// Products in machine code or by a BLAS, and Vector API kernels.
        CPU,
        /// Plain loops: the oracle, slow.
        SCALAR
    }
}
