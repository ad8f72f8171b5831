package io.stagecraft.stages.run;

import java.util.List;

/// What one rank answers to a [Phase].
public sealed interface PhaseResult {
    /// Answer to [Phase.TrainStep].
    ///
    /// @param microbatchLosses mean loss of each of this replica's microbatches in order; empty but
    ///     on the last stage
    /// @param squaredNorms of the reduced gradients, one for each parameter of the stage that is
    ///     trained in its own right, in the model's order; the tied copy is not among them, and
    ///     what another tensor rank counts is 0. Equal on all replicas: count one of them
    /// @param timing where the step's time went
    record Gradients(List<Double> microbatchLosses, List<Double> squaredNorms, RankTiming timing)
            implements PhaseResult {}

    /// Answer to [Phase.ApplyUpdate].
    record Updated(long step) implements PhaseResult {}

    /// Answer to [Phase.Evaluate].
    ///
    /// @param lossSum sum of the weighted token losses; 0 but on the last stage
    /// @param numTokens sum of the weights; 0 but on the last stage
    /// @param meanSum sum over microbatches of each one's weighted mean; 0 but on the last stage
    /// @param numMicrobatches how many; 0 but on the last stage
    record Evaluated(double lossSum, double numTokens, double meanSum, int numMicrobatches) implements PhaseResult {
        /// The mean over microbatches of each one's weighted mean: Megatron-LM's validation loss.
        public double meanOfMeans() {
            return meanSum / numMicrobatches;
        }
    }

    /// Answer to [Phase.Score].
    ///
    /// @param windows of this replica in order, without those of which no target counts; empty but
    ///     on the last stage, where all tensor ranks answer the same
    record Scored(List<WindowScore> windows) implements PhaseResult {
        public Scored {
            windows = List.copyOf(windows);
        }
    }

    /// Answer to [Phase.Generate]; both lists are empty but on the last stage.
    ///
    /// @param tokens for each sequence the next one, or the most likely ones, most likely first
    /// @param logProbabilities for each sequence those of `tokens`, or with
    ///     [TokenChoice.Report#LOG_PROBABILITIES] those of every token behind a position of the
    ///     phase, the last of which is in `tokens`; otherwise none
    record Generated(List<List<Integer>> tokens, List<List<Double>> logProbabilities) implements PhaseResult {}

    /// Answer to [Phase.Save].
    record Saved(long step) implements PhaseResult {}

    /// Answer to [Phase.Load].
    record Loaded() implements PhaseResult {}
}
