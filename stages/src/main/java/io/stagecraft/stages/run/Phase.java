package io.stagecraft.stages.run;

import io.stagecraft.model.evaluation.ScoredWindow;
import java.nio.file.Path;
import java.util.List;

/// What the coordinator can ask of all ranks at once. Every rank runs every phase, in the same
/// order.
public sealed interface Phase {
    /// Forward and backward of all microbatches of one step, the sum of the tied embedding's
    /// gradients, the reduction over replicas.
    ///
    /// @param step 1 for the first
    /// @param firstSample global index of the step's first sample
    record TrainStep(long step, long firstSample) implements Phase {}

    /// Clip and Adam.
    ///
    /// @param step the step whose gradients are applied
    /// @param learningRate of this update
    /// @param gradientScale the clipping coefficient
    record ApplyUpdate(long step, double learningRate, double gradientScale) implements Phase {}

    /// Forward only, on held-back text.
    ///
    /// @param step after which it happens, for messages
    /// @param split of which samples
    /// @param firstSample index of the first one
    /// @param numSamples how many, a multiple of microbatch size x replicas
    record Evaluate(long step, Split split, long firstSample, int numSamples) implements Phase {
        /// Which held-back samples.
        public enum Split {
            /// Those of evaluations while the model is trained.
            VALIDATION,
            /// Those that wait for the end.
            TEST
        }

        /// Of validation samples.
        public Evaluate(long step, long firstSample, int numSamples) {
            this(step, Split.VALIDATION, firstSample, numSamples);
        }
    }

    /// Forward only, on windows of which only some targets count; the validation samples are the
    /// windows.
    ///
    /// @param firstWindow index of the first
    /// @param windows which targets count, of one window after another; a multiple of microbatch
    ///     size x replicas
    record Score(long firstWindow, List<ScoredWindow> windows) implements Phase {
        public Score {
            windows = List.copyOf(windows);
        }
    }

    /// The next token of every sequence of a batch, forward only. Keys and values of the positions
    /// before are in the cache; those of the new ones are added to it.
    ///
    /// @param origins empty, or for each sequence the number of the one whose past it goes on with
    /// @param tokens the new tokens of each sequence, at least one, as many in all
    /// @param firstPosition position of the first of them; 0 starts anew
    /// @param choice what is made of the logits
    record Generate(List<Integer> origins, List<List<Integer>> tokens, int firstPosition, TokenChoice choice)
            implements Phase {
        public Generate {
            origins = List.copyOf(origins);
            tokens = List.copyOf(tokens);
        }

        /// Goes on with the batch in its order.
        public Generate(List<List<Integer>> tokens, int firstPosition, TokenChoice choice) {
            this(List.of(), tokens, firstPosition, choice);
        }
    }

    /// Takes a snapshot of weights and moments: writes this rank's part into shards in `directory`.
    /// The bytes are in the operating system's memory afterwards, not necessarily on the disk;
    /// training may go on.
    ///
    /// @param step the last completed step
    /// @param directory exists and is empty but for other ranks' shards
    record Save(long step, Path directory) implements Phase {}

    /// Reads this rank's part of a saved model of any kind.
    ///
    /// @param directory what [io.stagecraft.model.checkpoint.ModelSources] opens
    /// @param content what of it
    record Load(Path directory, Content content) implements Phase {
        /// What is loaded.
        public enum Content {
            /// Weights; moments and the count of updates stay as they are. To evaluate, to
            /// generate, or to train anew from these weights.
            WEIGHTS,
            /// Weights, moments and the count of updates, to go on training. If the model was saved
            /// without moments, they begin at zero.
            WEIGHTS_AND_OPTIMIZER
        }

        /// Weights alone.
        public Load(Path directory) {
            this(directory, Content.WEIGHTS);
        }
    }
}
