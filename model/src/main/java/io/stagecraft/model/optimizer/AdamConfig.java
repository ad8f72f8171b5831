package io.stagecraft.model.optimizer;

/// Constants of Adam.
///
/// @param beta1 decay of the first moment
/// @param beta2 decay of the second moment
/// @param epsilon added to the root of the second moment
/// @param weightDecay decoupled decay of matrices; vectors do not decay
public record AdamConfig(double beta1, double beta2, double epsilon, double weightDecay) {
    public AdamConfig {
        requireDecay("beta1", beta1);
        requireDecay("beta2", beta2);
        if (!(epsilon > 0)) {
            throw new IllegalArgumentException("epsilon must be > 0 but is " + epsilon);
        }
        if (!(weightDecay >= 0)) {
            throw new IllegalArgumentException("weightDecay must be >= 0 but is " + weightDecay);
        }
    }

    /// β 0.9 and 0.999, ε 1e-8, decay 0.01: Megatron-LM's defaults.
    public static AdamConfig defaults() {
        return new AdamConfig(0.9, 0.999, 1e-8, 0.01);
    }

    private static void requireDecay(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1) but is " + value);
        }
    }
}
