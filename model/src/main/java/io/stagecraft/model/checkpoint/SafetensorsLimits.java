package io.stagecraft.model.checkpoint;

/// What a reader accepts of a file that somebody else may have written.
///
/// @param maxHeaderBytes longest header, in bytes
/// @param maxTensors most tensors
public record SafetensorsLimits(int maxHeaderBytes, int maxTensors) {
    public SafetensorsLimits {
        if (maxHeaderBytes < 2 || maxTensors < 0) {
            throw new IllegalArgumentException(
                    "maxHeaderBytes must be >= 2 and maxTensors >= 0 but are " + maxHeaderBytes + " and " + maxTensors);
        }
    }

    /// 16 MiB of header, one million tensors.
    public static SafetensorsLimits defaults() {
        return new SafetensorsLimits(16 * 1024 * 1024, 1_000_000);
    }
}
