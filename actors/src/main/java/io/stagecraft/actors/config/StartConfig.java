package io.stagecraft.actors.config;

/// What a run that does not resume begins with.
///
/// @param from a saved model of any kind; initial weights if empty
/// @param take what of it
public record StartConfig(String from, Take take) {
    /// What is taken of a saved model.
    public enum Take {
        /// Weights, moments and position: the run of that model goes on. One that has weights only,
        /// such as Megatron-LM's `release`, gives its weights.
        ALL,
        /// Weights: a new run.
        WEIGHTS
    }

    /// Initial weights.
    public static StartConfig fresh() {
        return new StartConfig("", Take.ALL);
    }
}
