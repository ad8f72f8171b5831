package io.stagecraft.tests.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// What the benchmark found, as a table for the terminal and as JSON.
///
/// @param machine where it ran
/// @param startedAt when
/// @param comparisons one a workload and layout
/// @param profiles where our time goes at the same layouts
record Report(Machine machine, Instant startedAt, List<Comparison> comparisons, List<ProfiledLayout> profiles) {
    private static final double BYTES_PER_MIB = 1 << 20;
    private static final String ROW = "%-6s %-9s %-9s %-24s %-24s %-22s %9s %9s";
    private static final String GOAL_ROW = "%-6s %-9s %-22s %6s %-6s %9s %9s %9s %-6s";

    /// A layout that takes too much memory is worse than any that does not.
    private static final Comparator<Comparison> BETTER = Comparator.comparing(Report::keepsToMemory)
            .thenComparingDouble(comparison -> comparison.ratios().median());

    Report {
        comparisons = List.copyOf(comparisons);
        profiles = List.copyOf(profiles);
    }

    /// Every comparison, then the best layout of each model against its goal, then where our time
    /// goes.
    String tables() {
        return String.join("\n\n", runs(), goals(), BreakdownTable.of(profiles));
    }

    private String runs() {
        var lines = new ArrayList<String>();
        lines.add(
                ROW.formatted("", "layout", "BLAS", "peer tokens/s", "our tokens/s", "ratio", "peak MiB", "peak MiB"));
        lines.add(ROW.formatted(
                "", "TxPxD/m", "of peer", "median [min-max]", "median [min-max]", "median [min-max]", "peer", "ours"));
        comparisons.forEach(comparison -> lines.add(row(comparison)));
        return String.join("\n", lines);
    }

    private String goals() {
        var lines = new ArrayList<String>();
        lines.add(
                GOAL_ROW.formatted("", "best", "ratio", "goal", "met", "peak MiB", "peak MiB", "ours over", "no more"));
        lines.add(GOAL_ROW.formatted("", "layout", "median [min-max]", "", "", "peer", "ours", "peer", "wanted"));
        for (Workload workload : Workload.values()) {
            comparisons.stream()
                    .filter(comparison -> comparison.workload() == workload)
                    .max(BETTER)
                    .ifPresent(best -> lines.add(goal(best)));
        }
        return String.join("\n", lines);
    }

    /// Writes the report with every measured step to `file`.
    void write(Path file) throws IOException {
        var json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        var root = json.createObjectNode();
        root.put("startedAt", startedAt.toString());
        root.set("machine", json.valueToTree(machine));
        var rows = root.putArray("comparisons");
        for (Comparison comparison : comparisons) {
            var row = rows.addObject();
            row.put("workload", comparison.workload().name());
            row.put("model", comparison.workload().describe());
            row.put("goal", comparison.workload().goal());
            row.put("layout", comparison.layout().toString());
            row.put("peerBlas", comparison.blas().name());
            row.set("peerTokensPerSecond", json.valueToTree(comparison.peerTokensPerSecond()));
            row.set("ourTokensPerSecond", json.valueToTree(comparison.ourTokensPerSecond()));
            row.set("ratios", json.valueToTree(comparison.ratios()));
            row.put("peerPeakResidentBytes", comparison.peerPeakResidentBytes());
            row.put("ourPeakResidentBytes", comparison.ourPeakResidentBytes());
            row.set("turns", json.valueToTree(comparison.turns()));
        }
        var whereTimeGoes = root.putArray("profiles");
        profiles.forEach(profile -> whereTimeGoes
                .addObject()
                .put("task", profile.task())
                .put("layout", profile.layout().toString())
                .set("profile", json.valueToTree(profile.profile())));
        json.writeValue(file.toFile(), root);
    }

    private static String row(Comparison comparison) {
        return ROW.formatted(
                comparison.workload(),
                comparison.layout(),
                comparison.blas(),
                comparison.peerTokensPerSecond().text("%.0f"),
                comparison.ourTokensPerSecond().text("%.0f"),
                comparison.ratios().text("%.3f"),
                mebibytes(comparison.peerPeakResidentBytes()),
                mebibytes(comparison.ourPeakResidentBytes()));
    }

    private static String goal(Comparison best) {
        Workload workload = best.workload();
        return GOAL_ROW.formatted(
                workload,
                best.layout(),
                best.ratios().text("%.3f"),
                number("%.2f", workload.goal()),
                yesOrNo(best.ratios().median() >= workload.goal()),
                mebibytes(best.peerPeakResidentBytes()),
                mebibytes(best.ourPeakResidentBytes()),
                number("%.2f", (double) best.ourPeakResidentBytes() / best.peerPeakResidentBytes()),
                workload.limitsMemory() ? "met: " + yesOrNo(keepsToMemory(best)) : "");
    }

    private static String mebibytes(long bytes) {
        return number("%.0f", bytes / BYTES_PER_MIB);
    }

    private static String number(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }

    private static boolean keepsToMemory(Comparison one) {
        return !one.workload().limitsMemory() || one.ourPeakResidentBytes() <= one.peerPeakResidentBytes();
    }

    private static String yesOrNo(boolean met) {
        return met ? "yes" : "no";
    }
}
