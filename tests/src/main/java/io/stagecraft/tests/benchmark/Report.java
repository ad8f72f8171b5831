package io.stagecraft.tests.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What the benchmark found, as a table for the terminal and as JSON.
///
/// @param machine where it ran
/// @param startedAt when
/// @param comparisons one a workload and layout
record Report(Machine machine, Instant startedAt, List<Comparison> comparisons) {
    private static final double BYTES_PER_MIB = 1 << 20;
    private static final String HEADER = String.format(
            "%-4s %-9s %-9s %-28s %-28s %8s %-22s %10s %10s",
            "",
            "layout",
            "BLAS",
            "peer tokens/s",
            "our tokens/s",
            "ratio of",
            "ratio of pairs",
            "peak MiB",
            "peak MiB");
    private static final String SECOND_HEADER = String.format(
            "%-4s %-9s %-9s %-28s %-28s %8s %-22s %10s %10s",
            "",
            "TxPxD/m",
            "of peer",
            "median [min-max]",
            "median [min-max]",
            "medians",
            "median [min-max]",
            "peer",
            "ours");

    Report {
        comparisons = List.copyOf(comparisons);
    }

    /// One line a comparison, under two lines of headings.
    String table() {
        return comparisons.stream()
                .map(Report::row)
                .collect(Collectors.joining("\n", HEADER + "\n" + SECOND_HEADER + "\n", ""));
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
            row.put("layout", comparison.layout().toString());
            row.put("peerBlas", comparison.blas().name());
            row.set("peerTokensPerSecond", json.valueToTree(comparison.peerTokensPerSecond()));
            row.set("ourTokensPerSecond", json.valueToTree(comparison.ourTokensPerSecond()));
            row.put("ratioOfMedians", comparison.ratioOfMedians());
            row.set("pairwiseRatios", json.valueToTree(comparison.pairwiseRatios()));
            row.put("peerPeakResidentBytes", comparison.peerPeakResidentBytes());
            row.put("ourPeakResidentBytes", comparison.ourPeakResidentBytes());
            row.set("peerRuns", json.valueToTree(comparison.peer()));
            row.set("ourRuns", json.valueToTree(comparison.ours()));
        }
        json.writeValue(file.toFile(), root);
    }

    private static String row(Comparison comparison) {
        return String.format(
                Locale.ROOT,
                "%-4s %-9s %-9s %-28s %-28s %8.3f %-22s %10.0f %10.0f",
                comparison.workload(),
                comparison.layout(),
                comparison.blas(),
                text(comparison.peerTokensPerSecond(), "%.0f"),
                text(comparison.ourTokensPerSecond(), "%.0f"),
                comparison.ratioOfMedians(),
                text(comparison.pairwiseRatios(), "%.3f"),
                comparison.peerPeakResidentBytes() / BYTES_PER_MIB,
                comparison.ourPeakResidentBytes() / BYTES_PER_MIB);
    }

    private static String text(Spread spread, String number) {
        String form = number + " [" + number + "-" + number + "]";
        return String.format(Locale.ROOT, form, spread.median(), spread.min(), spread.max());
    }
}
