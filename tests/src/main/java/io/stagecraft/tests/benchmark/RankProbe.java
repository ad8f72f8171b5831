package io.stagecraft.tests.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A clock of one rank that always runs for exactly one [Activity], so that nothing is counted
/// twice and nothing is left out.
///
/// - Thread: the rank's; [#steps] is for after the run.
final class RankProbe {
    /// One phase of a step, in [System#nanoTime].
    record Span(long begin, long end) {}

    /// One step of the rank.
    ///
    /// @param step its number
    /// @param gradients forward, backward and the sums of gradients
    /// @param update the optimizer
    /// @param nanos of each activity within the two spans, by ordinal
    /// @param gemmFlops of all matrix products
    record RankStep(long step, Span gradients, Span update, long[] nanos, double gemmFlops) {}

    private static final Span NO_SPAN = new Span(0, 0);

    private final List<RankStep> steps = new ArrayList<>();
    private final long[] nanos = new long[Activity.values().length];
    private Activity current = Activity.RANK_CODE;
    private long since;
    private long begin;
    private double gemmFlops;
    private Span gradients = NO_SPAN;
    private boolean inRound;

    /// From now on the time is `activity`'s. Returns whose it was.
    Activity enter(Activity activity) {
        long now = System.nanoTime();
        nanos[current.ordinal()] += now - since;
        since = now;
        Activity before = current;
        current = activity;
        return before;
    }

    /// As [#enter] for a kernel: within a round of a collective it is part of that.
    Activity enterKernel(Activity activity) {
        return enter(inRound ? Activity.SUMS : activity);
    }

    /// A round of a collective begins or has ended.
    void round(boolean begins) {
        inRound = begins;
    }

    /// Counts a matrix product.
    void addGemm(double flops) {
        gemmFlops += flops;
    }

    /// Forward and backward of a step begin.
    void beginGradients() {
        Arrays.fill(nanos, 0);
        gemmFlops = 0;
        beginSpan();
    }

    /// They are done.
    void endGradients() {
        gradients = endSpan();
    }

    /// The optimizer begins.
    void beginUpdate() {
        beginSpan();
    }

    /// It is done, and with it the step.
    void endUpdate(long step) {
        steps.add(new RankStep(step, gradients, endSpan(), nanos.clone(), gemmFlops));
    }

    /// All steps so far.
    List<RankStep> steps() {
        return List.copyOf(steps);
    }

    private void beginSpan() {
        begin = System.nanoTime();
        since = begin;
        current = Activity.RANK_CODE;
    }

    private Span endSpan() {
        enter(Activity.RANK_CODE);
        return new Span(begin, since);
    }
}
