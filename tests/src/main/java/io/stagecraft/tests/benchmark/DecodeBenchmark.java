package io.stagecraft.tests.benchmark;

import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.actors.train.LocalRun;
import io.stagecraft.stages.topology.ParallelTopology;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Tokens a second of GPT-2 124M at batch 1, beside the time that reading its weights takes: the
/// ratio says how far decoding is bound by memory alone. Both are measured in turns by as many
/// threads as there are ranks.
@Command(name = "decode", mixinStandardHelpOptions = true)
public final class DecodeBenchmark implements Callable<Integer> {
    @Option(names = "--layouts", split = ",", defaultValue = "1x1x1,2x1x1")
    private List<String> layouts = List.of();

    @Option(names = "--tokens", defaultValue = "64")
    private int numTokens;

    @Option(names = "--rounds", defaultValue = "3")
    private int numRounds;

    /// Runs the benchmark.
    public static void main(String[] args) {
        System.exit(new CommandLine(new DecodeBenchmark()).execute(args));
    }

    @Override
    public Integer call() {
        Machine machine = Machine.read();
        System.out.println(
                machine.processor() + ", " + machine.cores() + " cores, load before the start " + machine.loadBefore());
        System.out.printf(
                Locale.ROOT, "GPT-2 124M, float32, batch 1: %,d bytes of weights a token%n", DecodeRun.bytesPerToken());
        for (String layout : layouts) {
            measure(topology(layout), layout);
        }
        return 0;
    }

    private void measure(ParallelTopology topology, String layout) {
        try (var bandwidth = new ReadBandwidth(DecodeRun.bytesPerToken(), topology.tensorSize())) {
            double mostUsed = 0;
            double mostRead = bandwidth.measure();
            double[] ratios = new double[numRounds];
            double before = mostRead;
            for (int round = 0; round < numRounds; round++) {
                double tokensPerSecond = decode(topology);
                double after = bandwidth.measure();
                double used = tokensPerSecond * DecodeRun.bytesPerToken();
                ratios[round] = used / Math.max(before, after);
                System.out.printf(
                        Locale.ROOT,
                        "%s: %.2f tokens/s, %.2f GB/s of weights; memory read at %.2f and %.2f GB/s; ratio %.2f%n",
                        layout,
                        tokensPerSecond,
                        used / 1e9,
                        before / 1e9,
                        after / 1e9,
                        ratios[round]);
                mostUsed = Math.max(mostUsed, used);
                mostRead = Math.max(mostRead, after);
                before = after;
            }
            Arrays.sort(ratios);
            System.out.printf(
                    Locale.ROOT,
                    "%s: median ratio %.2f; fastest decoding over fastest reading %.2f%n",
                    layout,
                    ratios[numRounds / 2],
                    mostUsed / mostRead);
        }
    }

    private double decode(ParallelTopology topology) {
        var timings = new CopyOnWriteArrayList<RunEvent.GenerationTimed>();
        RunEventSink recorder = new RunEventSink() {
            @Override
            public void accept(RunEvent event) {
                if (event instanceof RunEvent.GenerationTimed timed) {
                    timings.add(timed);
                }
            }

            @Override
            public void close() {
                // holds nothing
            }
        };
        LocalRun run = LocalRun.start(new DecodeRun(topology, numTokens).parts(recorder), ConfigFactory.empty());
        var outcome = run.outcome().toCompletableFuture().join();
        if (timings.isEmpty()) {
            throw new IllegalStateException("nothing was generated: " + outcome);
        }
        RunEvent.GenerationTimed timed = timings.getFirst();
        return timed.steps() / timed.stepSeconds();
    }

    private static ParallelTopology topology(String layout) {
        int[] sizes =
                Arrays.stream(layout.split("x")).mapToInt(Integer::parseInt).toArray();
        return new ParallelTopology(sizes[0], sizes[1], sizes[2]);
    }
}
