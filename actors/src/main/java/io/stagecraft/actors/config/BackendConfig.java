package io.stagecraft.actors.config;

/// What does the arithmetic.
///
/// @param type which backend
/// @param blas `openblas` for the one on the class path, or the path of another library with the CBLAS
///     interface
public record BackendConfig(Type type, String blas) {
    /// The backends.
    public enum Type {
        /// BLAS and Vector API kernels.
        CPU,
        /// Plain loops: the oracle, slow.
        SCALAR
    }
}
