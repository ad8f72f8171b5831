package io.stagecraft.tests.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where our step's time goes, as text: a line a rank, in milliseconds a step. A rank's activities
/// add up to its step.
final class BreakdownTable {
    private static final double FLOPS_PER_GFLOP = 1e9;
    private static final String LAYOUT = "%-6s %-8s %-5s %9s";
    private static final String CELL = " %13s";

    private BreakdownTable() {}

    /// A line a rank, then the processor time of each layout.
    static String of(List<ProfiledLayout> profiles) {
        var lines = new ArrayList<String>();
        lines.add("where the time of our step goes, ms (mean over the half of the steps nearest the median)");
        lines.add(headings());
        for (ProfiledLayout profile : profiles) {
            StepProfile found = profile.profile();
            found.breakdown().ranks().forEach(rank -> lines.add(line(profile, rank)));
        }
        lines.add("");
        lines.add("processor time of a step by all threads, ms");
        lines.add(String.format(LAYOUT, "", "TxPxD/m", "", "step")
                + String.format(CELL.repeat(4), "ranks", "transport", "actors", "JVM"));
        profiles.forEach(profile -> lines.add(processor(profile)));
        return String.join("\n", lines);
    }

    private static String processor(ProfiledLayout profile) {
        ProcessorTime time = profile.profile().processor();
        String step = number("%.2f", profile.profile().breakdown().stepMillis());
        return String.format(LAYOUT, profile.task(), profile.layout(), "", step)
                + Stream.of(time.ranks(), time.transport(), time.actors(), time.jvm())
                        .map(millis -> String.format(CELL, number("%.2f", millis)))
                        .collect(Collectors.joining());
    }

    private static String headings() {
        var line = new StringBuilder(String.format(LAYOUT, "", "TxPxD/m", "t.p.d", "step"));
        for (Activity activity : Activity.values()) {
            line.append(String.format(CELL, activity.title()));
        }
        return line.append(String.format(CELL, "GEMM GFLOP/s"))
                .append("  of a " + GemmCeiling.SIZE + " cube")
                .toString();
    }

    private static String line(ProfiledLayout profile, StepBreakdown.RankShare rank) {
        StepProfile found = profile.profile();
        var line = new StringBuilder(String.format(
                LAYOUT,
                profile.task(),
                profile.layout(),
                rank.rank(),
                number("%.2f", found.breakdown().stepMillis())));
        for (Activity activity : Activity.values()) {
            line.append(String.format(CELL, number("%.2f", rank.millis().get(activity))));
        }
        double rate = rank.gemmFlopsPerSecond();
        return line.append(String.format(CELL, number("%.1f", rate / FLOPS_PER_GFLOP)))
                .append(number("  %.2f of ", rate / found.gemmCeiling()))
                .append(number("%.1f", found.gemmCeiling() / FLOPS_PER_GFLOP))
                .toString();
    }

    private static String number(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }
}
