package io.stagecraft.tests.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Compares our layouts among themselves: what tensor parallelism, the pipeline and a step of
/// nothing cost. `tests/benchmark/layouts` builds and starts it in the project's folder.
@Command(
        name = "tests/benchmark/layouts",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures a step whose layers do nothing, a pipeline against its schedule, and tensor against"
                + " data parallelism, in turns.")
public final class LayoutBenchmark implements Callable<Integer> {
    private static final Layout TENSOR = Layout.parse("2x1x1");
    private static final Layout DATA = Layout.parse("1x1x2");
    private static final Layout PIPELINE = Layout.parse("1x2x1/8");
    private static final Layout EMPTY = Layout.parse("2x2x1/8");
    private static final String LINE = "%-46s %s%n";

    @Mixin
    private BenchmarkOptions options = new BenchmarkOptions();

    private final PrintStream out;
    private final List<Measurement> empty = new ArrayList<>();
    private final List<Measurement> data = new ArrayList<>();
    private final List<Measurement> tensor = new ArrayList<>();
    private final List<ProfiledLayout> pipeline = new ArrayList<>();

    private LayoutBenchmark(PrintStream out) {
        this.out = out;
    }

    /// Exits with 0 after a report, 1 if a process failed, 2 if the arguments are wrong.
    public static void main(String[] arguments) {
        var command = new CommandLine(new LayoutBenchmark(System.out));
        command.setCaseInsensitiveEnumValuesAllowed(true);
        System.exit(command.execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        int rounds = options.rounds();
        if (rounds < 1) {
            throw new IllegalArgumentException("--rounds must be at least 1 but is " + rounds);
        }
        Path folder = options.directory()
                .resolve("layouts-" + Instant.now().toString().replace(":", ""));
        Files.createDirectories(folder);
        OurSide ours = options.ourSide(ProcessHandle.current().info().command().orElse("java"));
        data.add(run(ours, Workload.T, DATA, folder.resolve("data-0.log")));
        for (int round = 1; round <= rounds; round++) {
            empty.add(runEmpty(ours, folder.resolve("empty-" + round + ".log")));
            tensor.add(run(ours, Workload.T, TENSOR, folder.resolve("tensor-" + round + ".log")));
            data.add(run(ours, Workload.T, DATA, folder.resolve("data-" + round + ".log")));
            StepProfile profile = ours.profile(Workload.T8.name(), PIPELINE)
                    .run(folder.resolve("pipeline-" + round + ".log"), StepProfile.class);
            pipeline.add(new ProfiledLayout(Workload.T8.name(), PIPELINE, profile));
            out.println("round " + round + " of " + rounds + " is done");
        }
        print();
        Path json = folder.resolve("report.json");
        write(json);
        out.println();
        out.println("every step of every run: " + json);
        return 0;
    }

    private static Measurement run(OurSide ours, Workload workload, Layout layout, Path log)
            throws IOException, InterruptedException {
        return ours.process(workload.name(), layout).run(log, Measurement.class).checkedFor(workload);
    }

    private static Measurement runEmpty(OurSide ours, Path log) throws IOException, InterruptedException {
        return ours.process(BenchmarkTask.EMPTY, EMPTY).run(log, Measurement.class);
    }

    private void print() {
        List<PipelineCost> costs = costs();
        out.println();
        line("step of layers that do nothing, " + EMPTY, emptyMillis().text("%.2f") + " ms; wanted: at most 2");
        line("T at " + TENSOR + " over " + DATA, tensorOverData().text("%.3f") + "; wanted: at least 0.97");
        line(
                Workload.T8 + " at " + PIPELINE + ", measured over predicted",
                spread(costs.stream().map(PipelineCost::ratio).toList(), "%.3f") + "; wanted: at most 1.05");
        out.println();
        out.printf(
                "%-22s %12s %12s %9s %9s %11s %11s %7s%n",
                "pipeline, ms a step", "work of 0", "work of 1", "balance", "bubble", "predicted", "measured", "ratio");
        for (PipelineCost cost : costs) {
            out.printf(
                    Locale.ROOT,
                    "%-22s %12.2f %12.2f %9.3f %9.3f %11.2f %11.2f %7.3f%n",
                    "",
                    cost.workMillis().getFirst(),
                    cost.workMillis().getLast(),
                    cost.balance(),
                    cost.bubble(),
                    cost.predictedMillis(),
                    cost.stepMillis(),
                    cost.ratio());
        }
        out.println();
        out.println(BreakdownTable.of(pipeline));
    }

    private void line(String what, String found) {
        out.printf(LINE, what, found);
    }

    private static String spread(List<Double> values, String number) {
        return Spread.of(values).text(number);
    }

    private Spread emptyMillis() {
        return Spread.of(
                empty.stream().map(run -> Spread.of(run.stepMillis()).median()).toList());
    }

    private Spread tensorOverData() {
        return Spread.of(Comparison.Turn.between(data, tensor).stream()
                .map(Comparison.Turn::ratio)
                .toList());
    }

    private List<PipelineCost> costs() {
        return pipeline.stream()
                .map(one -> PipelineCost.of(one.profile().breakdown(), PIPELINE))
                .toList();
    }

    private void write(Path file) throws IOException {
        var json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        var root = json.createObjectNode();
        root.set("emptyStepMillis", json.valueToTree(emptyMillis()));
        root.set("tensorOverData", json.valueToTree(tensorOverData()));
        root.set("pipeline", json.valueToTree(costs()));
        root.set("emptyRuns", json.valueToTree(empty));
        root.set("tensorRuns", json.valueToTree(tensor));
        root.set("dataRuns", json.valueToTree(data));
        root.set(
                "pipelineProfiles",
                json.valueToTree(pipeline.stream().map(ProfiledLayout::profile).toList()));
        json.writeValue(file.toFile(), root);
    }
}
