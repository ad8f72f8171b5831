package io.stagecraft.tests.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Compares the training step with PyTorch's. `tests/benchmark/run` builds both sides and starts
/// this program in the project's folder.
@Command(
        name = "tests/benchmark/run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Trains the same GPT-2 in PyTorch and in Stagecraft, in turns, and compares tokens a second.")
public final class PeerBenchmark implements Callable<Integer> {
    /// From this load on, other programs show in the figures.
    private static final double QUIET_LOAD = 0.5;

    @Parameters(arity = "0..*", paramLabel = "S|T|M|T8", description = "what to train; S, T and M if none is given")
    private List<Workload> workloads = List.of(Workload.S, Workload.T, Workload.M);

    @Option(
            names = "--layouts",
            split = ",",
            paramLabel = "TxPxD/m",
            defaultValue = "2x1x1,1x1x2",
            description = "tensor x pipeline x data size / microbatches (default: ${DEFAULT-VALUE})")
    private List<Layout> layouts = List.of();

    @Mixin
    private BenchmarkOptions options = new BenchmarkOptions();

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "2",
            description = "threads of PyTorch; our layout has one a rank (default: ${DEFAULT-VALUE})")
    private int threads;

    @Option(
            names = "--blas",
            split = ",",
            paramLabel = "mkl|openblas",
            description = "BLAS of PyTorch; the fastest that is there if none is given")
    private List<Blas> blas = List.of();

    private final PrintStream out;

    private PeerBenchmark(PrintStream out) {
        this.out = out;
    }

    /// Exits with 0 after a report, 1 if a process failed, 2 if the arguments are wrong.
    public static void main(String[] arguments) {
        var command = new CommandLine(new PeerBenchmark(System.out));
        command.setCaseInsensitiveEnumValuesAllowed(true);
        command.registerConverter(Layout.class, Layout::parse);
        command.setExecutionExceptionHandler((failure, _, _) -> {
            System.err.println(failure.getMessage());
            return failure instanceof IllegalArgumentException ? 2 : 1;
        });
        System.exit(command.execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Instant startedAt = Instant.now();
        var plan = new BenchmarkPlan(
                workloads,
                layouts,
                installedBlas(),
                options.rounds(),
                options.directory().resolve(startedAt.toString().replace(":", "")));
        Machine machine = Machine.read();
        out.println(machine.processor() + ", " + machine.cores() + " cores; PyTorch with " + threads + " threads");
        if (machine.loadBefore() > QUIET_LOAD) {
            out.println("other programs are running (load " + machine.loadBefore() + "): trust the ratios only");
        }
        Files.createDirectories(plan.directory());
        String java = ProcessHandle.current().info().command().orElse("java");
        var turns = new Turns(plan, new PeerSide(java, threads, machine), options.ourSide(java), out);
        List<Comparison> comparisons = new ArrayList<>();
        List<ProfiledLayout> profiles = new ArrayList<>();
        for (Workload workload : workloads) {
            out.println(workload.describe());
            comparisons.addAll(turns.compare(workload));
            profiles.addAll(turns.profile(workload));
        }
        var report = new Report(machine, startedAt, comparisons, profiles);
        Path json = plan.directory().resolve("report.json");
        report.write(json);
        out.println();
        out.println(report.tables());
        out.println();
        out.println("every step of every run: " + json);
        return 0;
    }

    private List<Blas> installedBlas() {
        List<Blas> wanted = blas.isEmpty() ? Arrays.asList(Blas.values()) : blas;
        List<Blas> installed = wanted.stream().filter(Blas::isInstalled).toList();
        for (Blas library : wanted) {
            if (!library.isInstalled()) {
                out.println("the peer runs without " + library + ": " + library.library() + " is not there");
            }
        }
        if (installed.isEmpty()) {
            throw new IllegalArgumentException("the peer has no BLAS to run on: none of " + wanted + " is there");
        }
        return installed;
    }
}
