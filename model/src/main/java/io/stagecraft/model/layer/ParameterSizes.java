package io.stagecraft.model.layer;

/// Memory of one rank's parameters.
///
/// @param storedBytes bytes of the weights
/// @param trainedBytes bytes of their gradients, and of each of Adam's two moments; 0 if nothing is trained
/// @param tiedGradientBytes bytes of the gradient of a tied embedding whose value is on this rank already
public record ParameterSizes(long storedBytes, long trainedBytes, long tiedGradientBytes) {
    /// Of weights that are trained.
    public ParameterSizes(long storedBytes, long tiedGradientBytes) {
        this(storedBytes, storedBytes, tiedGradientBytes);
    }

    /// Of the same weights when they are only read.
    public ParameterSizes weightsOnly() {
        return new ParameterSizes(storedBytes, 0, 0);
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
        return 2 * trainedBytes;
    }

    /// Bytes of everything.
    public long totalBytes() {
        return weightBytes() + gradientBytes() + momentBytes();
    }
}
