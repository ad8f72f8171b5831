package io.stagecraft.tests.benchmark;

import java.util.List;
import java.util.stream.IntStream;

/// Runs of both sides in turns: run `i` of ours followed run `i` of the peer.
///
/// @param workload what was trained
/// @param layout of our side
/// @param blas of the peer
/// @param peer what the peer measured, in order
/// @param ours what we measured, in order
public record Comparison(Workload workload, Layout layout, Blas blas, List<Measurement> peer, List<Measurement> ours) {
    public Comparison {
        peer = List.copyOf(peer);
        ours = List.copyOf(ours);
        if (peer.isEmpty() || peer.size() != ours.size()) {
            throw new IllegalArgumentException(
                    "a comparison needs pairs of runs but has " + peer.size() + " and " + ours.size());
        }
    }

    /// Tokens a second of the peer.
    public Spread peerTokensPerSecond() {
        return tokensPerSecond(peer);
    }

    /// Tokens a second of ours.
    public Spread ourTokensPerSecond() {
        return tokensPerSecond(ours);
    }

    /// Our median over the peer's.
    public double ratioOfMedians() {
        return ourTokensPerSecond().median() / peerTokensPerSecond().median();
    }

    /// Ours over the peer's, pair by pair: drift of the machine cancels.
    public Spread pairwiseRatios() {
        return Spread.of(IntStream.range(0, ours.size())
                .mapToObj(i -> ours.get(i).tokensPerSecond() / peer.get(i).tokensPerSecond())
                .toList());
    }

    /// Largest resident set of the peer's runs.
    public long peerPeakResidentBytes() {
        return peakResidentBytes(peer);
    }

    /// Largest resident set of our runs.
    public long ourPeakResidentBytes() {
        return peakResidentBytes(ours);
    }

    private static Spread tokensPerSecond(List<Measurement> runs) {
        return Spread.of(runs.stream().map(Measurement::tokensPerSecond).toList());
    }

    private static long peakResidentBytes(List<Measurement> runs) {
        return runs.stream().mapToLong(Measurement::peakResidentBytes).max().orElseThrow();
    }
}
