package io.stagecraft.tests.micro;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/// One line a benchmark: its rate, the machine's in the same iterations, and the ratio of each pair.
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
            Spread ratio) {}

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
                .formatted("benchmark", "parameters", "us a call", "rate", "machine", "unit", "ratio of pairs"));
        for (Line line : lines) {
            table.append("%-42s %-24s %12.1f %9.1f %9.1f %8s  %.2f [%.2f-%.2f]%n"
                    .formatted(
                            line.benchmark(),
                            line.parameters(),
                            line.micros().median(),
                            line.rate().median(),
                            line.reference().median(),
                            line.unit(),
                            line.ratio().median(),
                            line.ratio().least(),
                            line.ratio().most()));
        }
        return table.toString();
    }

    /// The same, as JSON.
    String json() {
        return lines.stream().map(Report::json).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    private static String json(Line line) {
        return "{\"benchmark\": \"%s\", \"parameters\": \"%s\", \"unit\": \"%s\", \"micros\": %s, \"rate\": %s, \"machine\": %s, \"ratio\": %s}"
                .formatted(
                        line.benchmark(),
                        line.parameters(),
                        line.unit(),
                        json(line.micros()),
                        json(line.rate()),
                        json(line.reference()),
                        json(line.ratio()));
    }

    private static String json(Spread spread) {
        return String.format(
                Locale.ROOT,
                "{\"median\": %.4f, \"least\": %.4f, \"most\": %.4f}",
                spread.median(),
                spread.least(),
                spread.most());
    }

    private static Line line(RunResult result) {
        var micros = new ArrayList<Double>();
        var rates = new ArrayList<Double>();
        var references = new ArrayList<Double>();
        var ratios = new ArrayList<Double>();
        String unit = "GB/s";
        for (BenchmarkResult fork : result.getBenchmarkResults()) {
            for (IterationResult iteration : fork.getIterationResults()) {
                @SuppressWarnings("rawtypes")
                Map<String, Result> values = iteration.getSecondaryResults();
                double flops = values.get("gigaflops").getScore();
                double rate = flops > 0 ? flops : values.get("gigabytes").getScore();
                unit = flops > 0 ? "GFLOP/s" : "GB/s";
                micros.add(1e6 / iteration.getPrimaryResult().getScore());
                rates.add(rate);
                references.add(values.get("reference").getScore());
                ratios.add(rate / values.get("reference").getScore());
            }
        }
        return new Line(
                result.getParams().getBenchmark().substring(PACKAGE),
                parameters(result),
                unit,
                Spread.of(micros),
                Spread.of(rates),
                Spread.of(references),
                Spread.of(ratios));
    }

    private static String parameters(RunResult result) {
        return result.getParams().getParamsKeys().stream()
                .map(key -> key + "=" + result.getParams().getParam(key))
                .collect(Collectors.joining(" "));
    }
}
