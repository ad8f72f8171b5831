package io.stagecraft.stages.schedule;

/// One thing that a stage does with one microbatch.
public sealed interface StageAction {
    /// Which microbatch.
    MicrobatchId microbatch();

    /// Takes the activation of the previous stage (the first stage: tokens), gives the next stage
    /// its own.
    record Forward(MicrobatchId microbatch) implements StageAction {}

    /// Takes the gradient from the next stage (the last: from its loss), gives the previous stage
    /// its own and adds to the weight gradients.
    record Backward(MicrobatchId microbatch) implements StageAction {}

    /// The half of [Backward] that the previous stage waits for.
    record BackwardInput(MicrobatchId microbatch) implements StageAction {}

    /// The half of [Backward] that nobody waits for; comes after [BackwardInput].
    record BackwardWeight(MicrobatchId microbatch) implements StageAction {}

    /// `F3`, `B3`, `I3` or `W3`, for diagrams and messages.
    default String label() {
        return switch (this) {
            case Forward(MicrobatchId m) -> "F" + m;
            case Backward(MicrobatchId m) -> "B" + m;
            case BackwardInput(MicrobatchId m) -> "I" + m;
            case BackwardWeight(MicrobatchId m) -> "W" + m;
        };
    }

    /// Whether the activation memory of the microbatch is free after this action (in a list that
    /// has backward actions).
    default boolean endsBackward() {
        return switch (this) {
            case Forward _, BackwardInput _ -> false;
            case Backward _, BackwardWeight _ -> true;
        };
    }

    /// Whether this action takes a gradient from the next stage and gives one to the previous.
    default boolean movesGradient() {
        return switch (this) {
            case Forward _, BackwardWeight _ -> false;
            case Backward _, BackwardInput _ -> true;
        };
    }
}
