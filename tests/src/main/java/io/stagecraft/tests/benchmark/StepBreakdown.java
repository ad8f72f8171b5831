package io.stagecraft.tests.benchmark;

import io.stagecraft.stages.topology.RankCoordinate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Where a step's time goes, on each rank: a mean over the half of the steps that are nearest the
/// median one. The activities of a rank add up to the step.
///
/// @param stepMillis wall time of a step, as the coordinator sees it
/// @param numSteps steps that were averaged
/// @param ranks one a rank, ordered by replica, stage and tensor rank
public record StepBreakdown(double stepMillis, int numSteps, List<RankShare> ranks) {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;

    /// One rank's part.
    ///
    /// @param stage of the rank
    /// @param rank which one: tensor rank, stage and replica, as in `1.0.0`
    /// @param millis of each activity
    /// @param gemmFlopsPerSecond of matrix products while they ran
    public record RankShare(int stage, String rank, Map<Activity, Double> millis, double gemmFlopsPerSecond) {
        public RankShare {
            millis = Map.copyOf(millis);
        }

        /// What it computed.
        double workMillis() {
            return millis.entrySet().stream()
                    .filter(entry -> entry.getKey().isWork())
                    .mapToDouble(Map.Entry::getValue)
                    .sum();
        }
    }

    public StepBreakdown {
        ranks = List.copyOf(ranks);
    }

    /// From what the coordinator said of each step, by its number, and what each rank's [RankProbe]
    /// saw.
    ///
    /// - Errors: [IllegalStateException] if a rank has not seen a step that was measured.
    static StepBreakdown of(Map<Long, Double> stepMillis, Map<RankCoordinate, List<RankProbe.RankStep>> steps) {
        List<Long> middle = middleHalf(stepMillis);
        List<RankCoordinate> ranks = steps.keySet().stream()
                .sorted(Comparator.comparingInt(RankCoordinate::dataRank)
                        .thenComparingInt(RankCoordinate::stage)
                        .thenComparingInt(RankCoordinate::tensorRank))
                .toList();
        var totals = new ArrayList<Total>();
        ranks.forEach(_ -> totals.add(new Total()));
        List<Map<Long, RankProbe.RankStep>> seen =
                ranks.stream().map(rank -> byNumber(steps.get(rank))).toList();
        double sum = 0;
        for (long step : middle) {
            List<RankProbe.RankStep> parts =
                    seen.stream().map(one -> require(one, step)).toList();
            double millis = stepMillis.get(step);
            sum += millis;
            add(parts, millis * NANOS_PER_MILLI, totals);
        }
        var shares = new ArrayList<RankShare>();
        for (int i = 0; i < ranks.size(); i++) {
            shares.add(totals.get(i).share(ranks.get(i), middle.size()));
        }
        return new StepBreakdown(sum / middle.size(), middle.size(), shares);
    }

    /// What all ranks computed.
    double workMillis() {
        return ranks.stream().mapToDouble(RankShare::workMillis).sum();
    }

    /// What the ranks of `stage` computed.
    double workMillis(int stage) {
        return ranks.stream()
                .filter(rank -> rank.stage() == stage)
                .mapToDouble(RankShare::workMillis)
                .sum();
    }

    private static List<Long> middleHalf(Map<Long, Double> stepMillis) {
        List<Long> sorted = stepMillis.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .toList();
        int quarter = sorted.size() / 4;
        return sorted.subList(quarter, sorted.size() - quarter);
    }

    private static Map<Long, RankProbe.RankStep> byNumber(List<RankProbe.RankStep> probed) {
        var steps = new HashMap<Long, RankProbe.RankStep>();
        probed.forEach(step -> steps.put(step.step(), step));
        return steps;
    }

    private static RankProbe.RankStep require(Map<Long, RankProbe.RankStep> steps, long step) {
        if (!steps.containsKey(step)) {
            throw new IllegalStateException("a rank's probe has not seen step " + step + " of " + steps.keySet());
        }
        return steps.get(step);
    }

    /// A phase lasts from the first rank's begin to the last rank's end; what is in no phase is the
    /// actors'.
    private static void add(List<RankProbe.RankStep> parts, double stepNanos, List<Total> totals) {
        List<RankProbe.Span> gradients =
                parts.stream().map(RankProbe.RankStep::gradients).toList();
        List<RankProbe.Span> updates =
                parts.stream().map(RankProbe.RankStep::update).toList();
        double phases = length(gradients) + length(updates);
        for (int i = 0; i < parts.size(); i++) {
            RankProbe.RankStep part = parts.get(i);
            Total total = totals.get(i);
            for (Activity activity : Activity.values()) {
                total.nanos.merge(activity, (double) part.nanos()[activity.ordinal()], Double::sum);
            }
            double own = part.gradients().end()
                    - part.gradients().begin()
                    + part.update().end()
                    - part.update().begin();
            total.nanos.merge(Activity.WAIT_PHASE, phases - own, Double::sum);
            total.nanos.merge(Activity.ACTORS, stepNanos - phases, Double::sum);
            total.flops += part.gemmFlops();
        }
    }

    private static double length(List<RankProbe.Span> spans) {
        long begin = spans.stream().mapToLong(RankProbe.Span::begin).min().orElseThrow();
        long end = spans.stream().mapToLong(RankProbe.Span::end).max().orElseThrow();
        return end - begin;
    }

    private static String name(RankCoordinate rank) {
        return rank.tensorRank() + "." + rank.stage() + "." + rank.dataRank();
    }

    private static final class Total {
        private final Map<Activity, Double> nanos = new EnumMap<>(Activity.class);
        private double flops;

        RankShare share(RankCoordinate rank, int numSteps) {
            var millis = new EnumMap<Activity, Double>(Activity.class);
            nanos.forEach((activity, sum) -> millis.put(activity, sum / numSteps / NANOS_PER_MILLI));
            double seconds = nanos.get(Activity.GEMM) / NANOS_PER_SECOND;
            return new RankShare(rank.stage(), name(rank), millis, seconds > 0 ? flops / seconds : 0);
        }
    }
}
