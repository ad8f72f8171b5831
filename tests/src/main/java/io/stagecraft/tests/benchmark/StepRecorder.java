package io.stagecraft.tests.benchmark;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEventSink;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Takes the coordinator's events until all steps of the task are measured.
///
/// Thread: events from one at a time; [#finished] from any.
final class StepRecorder implements RunEventSink {
    private final BenchmarkTask task;
    private final CompletableFuture<Measurement> finished = new CompletableFuture<>();
    private final Map<Long, Double> stepMillis = new LinkedHashMap<>();
    private double firstLoss;
    private ProcessorTime processorBefore = new ProcessorTime(0, 0, 0, 0);
    private ProcessorTime processorPerStep = processorBefore;

    StepRecorder(BenchmarkTask task) {
        this.task = task;
    }

    /// Completes with the measurement after the last measured step. The peak of memory is the one
    /// until then.
    CompletableFuture<Measurement> finished() {
        return finished;
    }

    /// Wall time of each measured step by its number; for after the run.
    Map<Long, Double> stepMillis() {
        return Map.copyOf(stepMillis);
    }

    /// Processor time of a measured step, the mean of all; for after the run.
    ProcessorTime processorPerStep() {
        return processorPerStep;
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
        if (step.iteration() > task.warmupSteps()) {
            stepMillis.put(step.iteration(), step.elapsedMillis());
        }
        if (step.iteration() == task.warmupSteps()) {
            processorBefore = ProcessorTime.now();
        }
        if (stepMillis.size() == task.measuredSteps()) {
            processorPerStep = ProcessorTime.now().since(processorBefore, task.measuredSteps());
            finished.complete(new Measurement(
                    List.copyOf(stepMillis.values()),
                    task.cost().tokens(),
                    firstLoss,
                    step.lmLoss(),
                    Machine.peakResidentBytes()));
        }
    }

    @Override
    public void close() {
        // Nothing is open; a run that ends early leaves `finished` to whoever waits for the run, too.
    }
}
