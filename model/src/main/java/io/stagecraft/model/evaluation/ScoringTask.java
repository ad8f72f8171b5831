package io.stagecraft.model.evaluation;

/// Windows of tokens that a model is to score.
///
/// - Thread: any number; nothing changes.
public interface ScoringTask {
    /// Number of windows.
    int numWindows();

    /// Positions of a window.
    int sequenceLength();

    /// Writes the sequence length + 1 tokens of `window` from `into[offset]` on: inputs, and behind
    /// the first of them targets. Padding behind the last token is the end of a document; a window
    /// beyond the last one is padding only.
    void tokens(long window, int[] into, int offset);

    /// The targets of `window` that count; none beyond the last one.
    ScoredWindow scored(long window);

    /// One line for people: what is scored.
    String describe();

    /// What the scores of all windows mean.
    ScoreReport report(Totals totals);

    /// Sums over windows.
    ///
    /// @param lossSum of the targets that count, in nats
    /// @param numTargets that count
    /// @param numCorrect windows all of whose targets that count were the likeliest tokens
    /// @param numWindows with a target that counts
    record Totals(double lossSum, long numTargets, long numCorrect, long numWindows) {
        /// None.
        public static Totals none() {
            return new Totals(0, 0, 0, 0);
        }

        /// One more window with a target that counts.
        ///
        /// @param loss sum over its targets
        /// @param targets how many
        /// @param correct 1 if all were the likeliest tokens, else 0
        public Totals with(double loss, int targets, int correct) {
            return new Totals(lossSum + loss, numTargets + targets, numCorrect + correct, numWindows + 1);
        }
    }
}
