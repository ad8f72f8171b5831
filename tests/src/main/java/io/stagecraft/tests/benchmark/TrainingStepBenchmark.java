package io.stagecraft.tests.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.train.LocalRun;
import io.stagecraft.actors.train.RunOutcome;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/// Our side of the benchmark: trains a workload through coordinator, stage actors, tensor ranks and transport, and
/// prints, as its last line, what the coordinator's events said, see [Measurement].
///
/// Arguments: a [Workload], a [Layout] and an [OurBlas], for example `T 2x1x1 bundled`.
public final class TrainingStepBenchmark {
    private static final int SIGINT = 2;

    private TrainingStepBenchmark() {}

    /// Exits with 0 after a measurement, 1 if the run failed before its last step.
    public static void main(String[] arguments) throws JsonProcessingException {
        Workload workload = Workload.valueOf(arguments[0]);
        Layout layout = Layout.parse(arguments[1]);
        OurBlas blas = OurBlas.valueOf(arguments[2].toUpperCase(Locale.ROOT));

        BenchmarkRun benchmark = BenchmarkRun.open(workload, layout, blas);
        System.out.println(benchmark.describe());
        var recorder = new StepRecorder(workload);
        LocalRun run = LocalRun.start(benchmark.parts(recorder), ConfigFactory.empty());
        CompletableFuture<RunOutcome> outcome = run.outcome().toCompletableFuture();
        CompletableFuture.anyOf(recorder.finished(), outcome).join();
        run.interrupt(SIGINT);
        RunOutcome how = outcome.join();
        if (!recorder.finished().isDone()) {
            System.out.println("the run ended before its last measured step: " + how);
            System.exit(1);
        }
        System.out.println(
                new ObjectMapper().writeValueAsString(recorder.finished().join()));
    }
}
