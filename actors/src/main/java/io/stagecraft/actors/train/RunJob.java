package io.stagecraft.actors.train;

import io.stagecraft.model.evaluation.ScoringTask;
import java.nio.file.Path;

/// What a run is for.
public sealed interface RunJob {
    /// Train, then evaluate, save and sample.
    ///
    /// @param start where the weights come from
    /// @param from where the run stands; the beginning until `start` is read
    record Train(Start start, LoopState from) implements RunJob {
        /// With initial weights, from step 1.
        public Train() {
            this(new Start.Fresh());
        }

        /// From what was not read yet.
        public Train(Start start) {
            this(start, LoopState.beginning());
        }
    }

    /// Evaluate a checkpoint on held-back text.
    ///
    /// @param checkpoint directory of a committed checkpoint
    /// @param step after which it was saved; 0 until the checkpoint is read
    record Evaluate(Path checkpoint, long step) implements RunJob {
        /// Of a checkpoint that was not read yet, or of the newest of a folder.
        public Evaluate(Path checkpoint) {
            this(checkpoint, 0);
        }
    }

    /// Score windows of a benchmark's text; [ScoreOrder#job] makes one.
    ///
    /// @param saved the model
    /// @param benchmark its name, for people
    /// @param task the windows
    record Score(SavedModel saved, String benchmark, ScoringTask task) implements RunJob {}

    /// Sample from a checkpoint.
    ///
    /// @param checkpoint directory of a committed checkpoint
    /// @param step after which it was saved; 0 until the checkpoint is read
    record Generate(Path checkpoint, long step) implements RunJob {
        /// Of a checkpoint that was not read yet, or of the newest of a folder.
        public Generate(Path checkpoint) {
            this(checkpoint, 0);
        }
    }
}
