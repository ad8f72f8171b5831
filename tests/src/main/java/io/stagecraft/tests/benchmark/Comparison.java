package io.stagecraft.tests.benchmark;

import java.util.List;
import java.util.stream.IntStream;

/// Runs of ours at one layout, each between two runs of the peer.
///
/// @param workload what was trained
/// @param layout of our side
/// @param blas of the peer
/// @param turns in order
public record Comparison(Workload workload, Layout layout, Blas blas, List<Turn> turns) {
    /// One run of ours.
    ///
    /// @param before the peer's run before it
    /// @param ours the run
    /// @param after the peer's run after it
    public record Turn(Measurement before, Measurement ours, Measurement after) {
        /// Ours over the peer's, which is the geometric mean of its two runs: a machine that gets
        /// steadily slower or faster cancels.
        public double ratio() {
            return ours.tokensPerSecond() / Math.sqrt(before.tokensPerSecond() * after.tokensPerSecond());
        }

        /// As [#ratio], between two layouts of ours that ran in turns.
        static List<Turn> between(List<Measurement> references, List<Measurement> runs) {
            if (runs.isEmpty() || references.size() != runs.size() + 1) {
                throw new IllegalArgumentException("every run needs one of the other side before and after it, but "
                        + runs.size() + " runs have " + references.size());
            }
            return IntStream.range(0, runs.size())
                    .mapToObj(i -> new Turn(references.get(i), runs.get(i), references.get(i + 1)))
                    .toList();
        }
    }

    public Comparison {
        turns = List.copyOf(turns);
        if (turns.isEmpty()) {
            throw new IllegalArgumentException("a comparison needs a run of ours");
        }
    }

    /// Tokens a second of the peer.
    public Spread peerTokensPerSecond() {
        return tokensPerSecond(peer());
    }

    /// Tokens a second of ours.
    public Spread ourTokensPerSecond() {
        return tokensPerSecond(ours());
    }

    /// Ours over the peer's, turn by turn.
    public Spread ratios() {
        return Spread.of(turns.stream().map(Turn::ratio).toList());
    }

    /// Largest resident set of the peer's runs.
    public long peerPeakResidentBytes() {
        return peakResidentBytes(peer());
    }

    /// Largest resident set of our runs.
    public long ourPeakResidentBytes() {
        return peakResidentBytes(ours());
    }

    private List<Measurement> ours() {
        return turns.stream().map(Turn::ours).toList();
    }

    private List<Measurement> peer() {
        return turns.stream().map(Turn::before).toList();
    }

    private static Spread tokensPerSecond(List<Measurement> runs) {
        return Spread.of(runs.stream().map(Measurement::tokensPerSecond).toList());
    }

    private static long peakResidentBytes(List<Measurement> runs) {
        return runs.stream().mapToLong(Measurement::peakResidentBytes).max().orElseThrow();
    }
}
