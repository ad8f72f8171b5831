package io.stagecraft.actors.train;

import java.nio.file.Path;

/// What a run is for.
public sealed interface RunJob {
    /// Train from the start, then evaluate, save and sample.
    record Train() implements RunJob {}

    /// Evaluate a checkpoint on held-back text.
    ///
    /// @param checkpoint directory of a committed checkpoint
    record Evaluate(Path checkpoint) implements RunJob {}

    /// Sample from a checkpoint.
    ///
    /// @param checkpoint directory of a committed checkpoint
    record Generate(Path checkpoint) implements RunJob {}
}
