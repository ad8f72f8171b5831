package io.stagecraft.tests.benchmark;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEventSink;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Takes the coordinator's events until all steps of the workload are measured.
///
/// Thread: events from one at a time; [#finished] from any.
final class StepRecorder implements RunEventSink {
    private final Workload workload;
    private final CompletableFuture<Measurement> finished = new CompletableFuture<>();
    private final List<Double> stepMillis = new ArrayList<>();
    private double firstLoss;

    StepRecorder(Workload workload) {
        this.workload = workload;
    }

    /// Completes with the measurement after the last measured step. The peak of memory is the one until then.
    CompletableFuture<Measurement> finished() {
        return finished;
    }

    @Override
    public void accept(RunEvent event) {
        if (event instanceof RunEvent.StepCompleted step && !finished.isDone()) {
            onStep(step);
        }
    }

    private void onStep(RunEvent.StepCompleted step) {
        if (step.iteration() == 1) {
            firstLoss = step.lmLoss();
        }
        if (step.iteration() > workload.warmupSteps()) {
            stepMillis.add(step.elapsedMillis());
        }
        if (stepMillis.size() == workload.measuredSteps()) {
            finished.complete(new Measurement(
                    stepMillis, workload.tokensPerStep(), firstLoss, step.lmLoss(), Machine.peakResidentBytes()));
        }
    }

    @Override
    public void close() {
        // Nothing is open; a run that ends early leaves `finished` to whoever waits for the run, too.
    }
}
