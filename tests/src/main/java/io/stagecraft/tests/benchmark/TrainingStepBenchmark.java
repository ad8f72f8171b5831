package io.stagecraft.tests.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.train.LocalRun;
import io.stagecraft.actors.train.RunOutcome;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/// Our side of the benchmark: trains a workload through coordinator, stage actors, tensor ranks and
/// transport, and prints, as its last line, what the coordinator's events said, see [Measurement].
///
/// Arguments: a [Workload] or `empty`, a [Layout] and an [OurBlas], for example `T 2x1x1 bundled`.
public final class TrainingStepBenchmark {
    /// Last argument of a run that watches where its time goes; it prints a [StepProfile].
    static final String PROFILE = "profile";

    private static final int SIGINT = 2;

    private TrainingStepBenchmark() {}

    /// Exits with 0 after a measurement, 1 if the run failed before its last step.
    public static void main(String[] arguments) throws JsonProcessingException, InterruptedException {
        Layout layout = Layout.parse(arguments[1]);
        BenchmarkTask task = arguments[0].equals(BenchmarkTask.EMPTY)
                ? BenchmarkTask.empty(layout)
                : BenchmarkTask.of(Workload.valueOf(arguments[0]), layout);
        OurBlas blas = OurBlas.valueOf(arguments[2].toUpperCase(Locale.ROOT));
        boolean isProfiled = arguments.length > 3 && arguments[3].equals(PROFILE);
        Object found = isProfiled ? profile(task, blas) : measure(task, blas);
        System.out.println(new ObjectMapper().writeValueAsString(found));
    }

    private static Measurement measure(BenchmarkTask task, OurBlas blas) {
        var recorder = new StepRecorder(task);
        Measurement measurement = measure(task, blas, RankInstruments.NONE, recorder);
        // for the log: says of a slow run whether its ranks had their cores
        System.out.println("processor time of a step, ms: " + recorder.processorPerStep());
        return measurement;
    }

    private static StepProfile profile(BenchmarkTask task, OurBlas blas) throws InterruptedException {
        var profiler = new StepProfiler();
        var recorder = new StepRecorder(task);
        Measurement measurement = measure(task, blas, profiler, recorder);
        int threads =
                Math.min(task.spec().topology().numRanks(), Runtime.getRuntime().availableProcessors());
        return new StepProfile(
                measurement,
                StepBreakdown.of(recorder.stepMillis(), profiler.steps()),
                recorder.processorPerStep(),
                GemmCeiling.flopsPerSecond(blas, threads));
    }

    private static Measurement measure(
            BenchmarkTask task, OurBlas blas, RankInstruments instruments, StepRecorder recorder) {
        BenchmarkRun benchmark = BenchmarkRun.open(task, blas, instruments);
        System.out.println(benchmark.describe());
        LocalRun run = LocalRun.start(benchmark.parts(recorder), ConfigFactory.empty());
        CompletableFuture<RunOutcome> outcome = run.outcome().toCompletableFuture();
        CompletableFuture.anyOf(recorder.finished(), outcome).join();
        run.interrupt(SIGINT);
        RunOutcome how = outcome.join();
        if (!recorder.finished().isDone()) {
            System.out.println("the run ended before its last measured step: " + how);
            System.exit(1);
        }
        return recorder.finished().join();
    }
}
