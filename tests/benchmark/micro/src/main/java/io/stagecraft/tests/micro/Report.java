package io.stagecraft.tests.micro;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/// One line a benchmark: its rate, the machine's in the same iterations, and the ratio of each
/// pair.
final class Report {
    /// Median, smallest and largest.
    record Spread(double median, double least, double most) {
        static Spread of(List<Double> values) {
            double[] sorted = values.stream().mapToDouble(v -> v).sorted().toArray();
            int middle = sorted.length / 2;
            double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
            return new Spread(median, sorted[0], sorted[sorted.length - 1]);
        }
    }

    /// One benchmark with one set of parameters.
    record Line(
            String benchmark,
            String parameters,
            String unit,
            Spread micros,
            Spread rate,
            Spread reference,
            Spread ratio,
            String quiet) {}

    /// Fewer cores than this, and something held up one of two threads for a while.
    private static final double TWO_CORES = 1.9;
    /// Fewer iterations than this have no median.
    private static final int FEWEST = 3;

    private static final String CALLS = "calls";
    private static final String CORES = "cores";
    private static final int PACKAGE = Report.class.getPackageName().length() + 1;

    private final List<Line> lines = new ArrayList<>();

    Report(Collection<RunResult> results) {
        for (RunResult result : results) {
            lines.add(line(result));
        }
    }

    /// For a terminal.
    String table() {
        var table = new StringBuilder("%n%-42s %-24s %12s %9s %9s %8s  %s%n"
                .formatted(
                        "benchmark",
                        "parameters",
                        "us a call",
                        "rate",
                        "machine",
                        "unit",
                        "ratio of pairs; quiet iterations"));
        for (Line line : lines) {
            table.append("%-42s %-24s %12.1f %9.1f %9.1f %8s  %.2f [%.2f-%.2f]; %s%n"
                    .formatted(
                            line.benchmark(),
                            line.parameters(),
                            line.micros().median(),
                            line.rate().median(),
                            line.reference().median(),
                            line.unit(),
                            line.ratio().median(),
                            line.ratio().least(),
                            line.ratio().most(),
                            line.quiet()));
        }
        return table.toString();
    }

    /// The same, as JSON.
    String json() {
        return lines.stream().map(Report::json).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    private static String json(Line line) {
        return "{\"benchmark\": \"%s\", \"parameters\": \"%s\", \"unit\": \"%s\", \"micros\": %s, \"rate\": %s, \"machine\": %s, \"ratio\": %s, \"quiet\": \"%s\"}"
                .formatted(
                        line.benchmark(),
                        line.parameters(),
                        line.unit(),
                        json(line.micros()),
                        json(line.rate()),
                        json(line.reference()),
                        json(line.ratio()),
                        line.quiet());
    }

    private static String json(Spread spread) {
        return String.format(
                Locale.ROOT,
                "{\"median\": %.4f, \"least\": %.4f, \"most\": %.4f}",
                spread.median(),
                spread.least(),
                spread.most());
    }

    /// Of a benchmark of two threads the iterations count in which they had two cores, if there are
    /// enough of these.
    @SuppressWarnings("rawtypes")
    private static Line line(RunResult result) {
        var micros = new ArrayList<Double>();
        var rates = new ArrayList<Double>();
        var references = new ArrayList<Double>();
        var ratios = new ArrayList<Double>();
        String unit = "GB/s";
        List<Map<String, Result>> all = iterations(result);
        List<Map<String, Result>> quiet =
                all.stream().filter(Report::hadItsCores).toList();
        boolean isWatched = all.stream().anyMatch(values -> values.containsKey(CORES));
        List<Map<String, Result>> counted = quiet.size() < FEWEST ? all : quiet;
        for (Map<String, Result> values : counted) {
            double flops = values.get("gigaflops").getScore();
            double rate = flops > 0 ? flops : values.get("gigabytes").getScore();
            unit = flops > 0 ? "GFLOP/s" : "GB/s";
            micros.add(1e6 / values.get(CALLS).getScore());
            rates.add(rate);
            references.add(values.get("reference").getScore());
            ratios.add(rate / values.get("reference").getScore());
        }
        return new Line(
                result.getParams().getBenchmark().substring(PACKAGE),
                parameters(result),
                unit,
                Spread.of(micros),
                Spread.of(rates),
                Spread.of(references),
                Spread.of(ratios),
                isWatched ? quiet.size() + " of " + all.size() : "not watched");
    }

    /// What each iteration found by name; the rate of calls is [#CALLS].
    @SuppressWarnings("rawtypes")
    private static List<Map<String, Result>> iterations(RunResult result) {
        var found = new ArrayList<Map<String, Result>>();
        for (BenchmarkResult fork : result.getBenchmarkResults()) {
            for (IterationResult iteration : fork.getIterationResults()) {
                var values = new HashMap<String, Result>(iteration.getSecondaryResults());
                values.put(CALLS, iteration.getPrimaryResult());
                found.add(values);
            }
        }
        return found;
    }

    @SuppressWarnings("rawtypes")
    private static boolean hadItsCores(Map<String, Result> values) {
        return !values.containsKey(CORES) || values.get(CORES).getScore() >= TWO_CORES;
    }

    private static String parameters(RunResult result) {
        return result.getParams().getParamsKeys().stream()
                .map(key -> key + "=" + result.getParams().getParam(key))
                .collect(Collectors.joining(" "));
    }
}
