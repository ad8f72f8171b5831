package io.stagecraft.model.backend.cpu;

/// What the CPU backends of a JVM share.
///
/// @param blas which BLAS computes matrix products
public record CpuRuntimeConfig(BlasLibrary blas) {}
