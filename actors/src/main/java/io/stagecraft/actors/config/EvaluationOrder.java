package io.stagecraft.actors.config;

/// Which held-back samples an evaluation takes.
public enum EvaluationOrder {
    /// The first ones, the same each time: losses of different evaluations can be compared.
    FIXED,
    /// The next ones after the evaluation before, as Megatron-LM's validation iterator.
    CONTINUING
}
