package io.stagecraft.stages.plan;

/// What one JVM holds in memory while all of its ranks work: what the operating system calls its
/// resident set.
///
/// @param tensorBytes weights, gradients, moments, activations and receive buffers of its ranks
/// @param mappedBytes shared memory of the transport, each mapping counted
public record ResidentMemory(long tensorBytes, long mappedBytes) {
    /// The JVM itself: heap in use, classes, compiled code, BLAS and its buffers. Measured on runs
    /// of a few MiB of tensors; it hardly depends on the model.
    public static final long JVM_BYTES = 340L * 1024 * 1024;

    public ResidentMemory {
        if (tensorBytes < 0 || mappedBytes < 0) {
            throw new IllegalArgumentException(
                    "tensorBytes and mappedBytes must be >= 0 but are " + tensorBytes + " and " + mappedBytes);
        }
    }

    /// All of it.
    public long totalBytes() {
        return tensorBytes + mappedBytes + JVM_BYTES;
    }
}
