package io.stagecraft.actors.train;

import java.nio.file.Path;

/// Where a training run takes its first weights from, and how much of an earlier run it goes on
/// with.
public sealed interface Start {
    /// Initial weights; nothing is read.
    record Fresh() implements Start {}

    /// The same run goes on: weights, moments, position, skipped steps and log accumulators of one
    /// of its own checkpoints.
    ///
    /// @param checkpoint directory of a committed checkpoint
    record Resume(Path checkpoint) implements Start {}

    /// A new run with the weights of a saved model: step 0, no moments. Megatron-LM's `--finetune`,
    /// and its `release` checkpoints.
    ///
    /// @param model what [io.stagecraft.model.checkpoint.ModelSources] opens
    record FromModel(Path model) implements Start {}

    /// Goes on with the run of another program: weights, moments and position of its checkpoint,
    /// log accumulators from nothing.
    ///
    /// @param model what [io.stagecraft.model.checkpoint.ModelSources] opens
    record Continue(Path model) implements Start {}
}
