package io.stagecraft.model.backend;

/// Operations that a run needs together or not at all: only what it needs is compiled before its
/// first step.
public enum KernelGroup {
    /// The forward pass and the loss.
    FORWARD,
    /// The backward pass, sums over ranks and the optimizer.
    BACKWARD,
    /// Dropout, in the passes that are named besides.
    DROPOUT,
    /// [Gelu#TANH], in the passes that are named besides.
    GELU_TANH,
    /// [Gelu#ERF], in the passes that are named besides.
    GELU_ERF,
    /// Forward over a cache of keys and values.
    GENERATION;

    /// That of `gelu`.
    public static KernelGroup of(Gelu gelu) {
        return switch (gelu) {
            case TANH -> GELU_TANH;
            case ERF -> GELU_ERF;
        };
    }
}
