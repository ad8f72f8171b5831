package io.stagecraft.model.layer;

/// Memory of one rank's parameters.
///
/// @param storedBytes bytes of the weights, of their gradients, and of each of Adam's two moments
/// @param tiedGradientBytes bytes of the gradient of a tied embedding whose value is on this rank already
public record ParameterSizes(long storedBytes, long tiedGradientBytes) {
    /// Bytes of the weights.
    public long weightBytes() {
        return storedBytes;
    }

    /// Bytes of all gradients.
    public long gradientBytes() {
        return storedBytes + tiedGradientBytes;
    }

    /// Bytes of both of Adam's moments.
    public long momentBytes() {
        return 2 * storedBytes;
    }

    /// Bytes of everything.
    public long totalBytes() {
        return weightBytes() + gradientBytes() + momentBytes();
    }
}
