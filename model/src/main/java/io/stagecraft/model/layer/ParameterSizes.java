package io.stagecraft.model.layer;

/// Memory of one rank's parameters.
///
/// @param storedBytes bytes of the weights
/// @param trainedBytes bytes of their gradients; 0 if nothing is trained
/// @param tiedGradientBytes bytes of the gradient of a tied embedding whose value is on this rank
///     already
/// @param updatedBytes bytes of each of Adam's two moments: of those weights that this rank updates
public record ParameterSizes(long storedBytes, long trainedBytes, long tiedGradientBytes, long updatedBytes) {
    /// Of the same weights when they are only read.
    public ParameterSizes weightsOnly() {
        return new ParameterSizes(storedBytes, 0, 0, 0);
    }

    /// Bytes of the weights.
    public long weightBytes() {
        return storedBytes;
    }

    /// Bytes of all gradients.
    public long gradientBytes() {
        return trainedBytes + tiedGradientBytes;
    }

    /// Bytes of both of Adam's moments.
    public long momentBytes() {
        return 2 * updatedBytes;
    }

    /// Bytes of everything.
    public long totalBytes() {
        return weightBytes() + gradientBytes() + momentBytes();
    }
}
