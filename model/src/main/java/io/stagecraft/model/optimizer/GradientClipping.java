package io.stagecraft.model.optimizer;

/// Clipping of gradients by their global norm (Megatron-LM).
///
/// @param maxNorm the largest norm that is let through, 0 for no clipping
public record GradientClipping(double maxNorm) {
    private static final double EPSILON = 1e-6;

    public GradientClipping {
        if (!(maxNorm >= 0)) {
            throw new IllegalArgumentException("maxNorm must be >= 0 but is " + maxNorm);
        }
    }

    /// Factor of all gradients: `maxNorm / (norm + 1e-6)` if that is below 1, else 1.
    public double coefficient(double norm) {
        double coefficient = maxNorm / (norm + EPSILON);
        return maxNorm > 0 && coefficient < 1 ? coefficient : 1;
    }
}
