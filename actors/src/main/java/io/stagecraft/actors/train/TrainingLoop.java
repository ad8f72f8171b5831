package io.stagecraft.actors.train;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The order of a run: which phase comes after which, with which numbers. A plain state machine without
/// threads, clocks or actors; [TrainingCoordinator] carries out its [Directive]s one at a time and tells
/// it what came of each.
///
/// A step is forward and backward, then update, evaluation when due, checkpoint when due; after the last
/// step a sample. A step whose loss or gradient norm is not finite is skipped: no rank updates; after
/// [#MOST_SKIPPED_IN_A_ROW] in a row the run gives up.
///
/// Thread: one at a time.
final class TrainingLoop {
    /// Weights that gave this many steps without a finite gradient will not recover.
    static final int MOST_SKIPPED_IN_A_ROW = 3;

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MILLI = 1e6;

    private final TrainingPlan plan;
    private final ParallelTopology topology;
    private final RunJob job;
    private final Consumer<RunEvent> events;
    private final LongSupplier nanoTime;
    private final TokenDrawing drawing;
    private Phase running = new Phase.NextToken(List.of());
    private StepNumbers numbers = new StepNumbers(0, 0, 0);
    private long stepStartNanos;
    private long iteration;
    private int numSkipped;
    private int numSkippedInARow;
    private Directive end = new Directive.Finish();

    private record StepNumbers(double loss, double gradientNorm, double bubbleShare) {
        boolean isFinite() {
            return Double.isFinite(loss) && Double.isFinite(gradientNorm);
        }
    }

    /// `events` gets what happens; `nanoTime` is a monotonic clock.
    TrainingLoop(RunSetting setting, Consumer<RunEvent> events, LongSupplier nanoTime) {
        this.plan = setting.plan();
        this.topology = setting.topology();
        this.job = setting.job();
        this.events = events;
        this.nanoTime = nanoTime;
        this.drawing = new TokenDrawing(setting.text());
        switch (job) {
            case RunJob.Train _ -> begin(0, trainStep(1));
            case RunJob.Evaluate(Path checkpoint, long step) -> begin(step, new Phase.Load(checkpoint));
            case RunJob.Generate(Path checkpoint, long step) -> begin(step, new Phase.Load(checkpoint));
        }
    }

    private void begin(long stepsDone, Phase first) {
        iteration = stepsDone;
        running = first;
    }

    /// Steps done.
    long iteration() {
        return iteration;
    }

    /// The first thing to do.
    Directive start() {
        return run(running);
    }

    /// All stages finished the phase that runs; `results` in the order of [StagePlace#all].
    Directive answered(List<PhaseResult> results) {
        return switch (running) {
            case Phase.TrainStep step -> afterGradients(step, results);
            case Phase.ApplyUpdate _ -> afterStep();
            case Phase.Evaluate _ -> afterEvaluation(results);
            case Phase.Save(long step, Path directory) -> new Directive.CommitCheckpoint(step, directory);
            case Phase.Load _ -> afterLoad();
            case Phase.NextToken _ -> afterToken(results);
        };
    }

    /// Answer to [Directive.PrepareCheckpoint]: an empty directory.
    Directive prepared(Path directory) {
        return run(new Phase.Save(iteration, directory));
    }

    /// Answer to [Directive.CommitCheckpoint].
    Directive committed(RunEvent.CheckpointCommitted event) {
        events.accept(event);
        return afterCheckpoint();
    }

    /// The checkpoint could not be written: told, and the run goes on. After the last step it would have been
    /// the run's result, so the run fails once its sample is told.
    Directive notCommitted(String reason) {
        events.accept(new RunEvent.CheckpointFailed(iteration, reason));
        if (iteration == plan.train().trainIters()) {
            end = new Directive.GiveUp("checkpoint at iteration " + iteration, reason);
        }
        return afterCheckpoint();
    }

    private Directive run(Phase phase) {
        running = phase;
        if (phase instanceof Phase.TrainStep) {
            stepStartNanos = nanoTime.getAsLong();
        }
        return new Directive.RunPhase(phase);
    }

    private Phase.TrainStep trainStep(long step) {
        return new Phase.TrainStep(step, consumedSamples(step - 1));
    }

    private long consumedSamples(long step) {
        return step * plan.train().globalBatchSize();
    }

    private Directive afterGradients(Phase.TrainStep step, List<PhaseResult> results) {
        numbers = new StepNumbers(
                StageResults.meanLoss(results),
                StageResults.gradientNorm(results, topology),
                StageResults.bubbleShare(results));
        if (!numbers.isFinite()) {
            return skip(step);
        }
        numSkippedInARow = 0;
        double learningRate = plan.learningRate().at(step.firstSample());
        return run(
                new Phase.ApplyUpdate(step.step(), learningRate, plan.clipping().coefficient(numbers.gradientNorm())));
    }

    private Directive skip(Phase.TrainStep step) {
        numSkipped++;
        numSkippedInARow++;
        if (numSkippedInARow < MOST_SKIPPED_IN_A_ROW) {
            return afterStep();
        }
        return new Directive.GiveUp(
                "step " + step.step(),
                "the last " + numSkippedInARow + " steps gave no finite gradient (loss " + numbers.loss()
                        + ", gradient norm " + numbers.gradientNorm()
                        + "); lower optimizer.learning-rate or lengthen the warm-up");
    }

    private Directive afterStep() {
        iteration++;
        long elapsedNanos = nanoTime.getAsLong() - stepStartNanos;
        double seconds = elapsedNanos / NANOS_PER_SECOND;
        events.accept(new RunEvent.StepCompleted(
                iteration,
                plan.train().trainIters(),
                consumedSamples(iteration),
                elapsedNanos / NANOS_PER_MILLI,
                plan.learningRate().at(consumedSamples(iteration)),
                plan.train().globalBatchSize(),
                numbers.loss(),
                numbers.gradientNorm(),
                plan.cost().tokens() / seconds,
                plan.cost().modelFlops() / seconds,
                numbers.bubbleShare(),
                numSkipped,
                numSkipped));
        return isDue(plan.train().evalInterval()) && plan.train().evalSamples() > 0
                ? run(evaluation())
                : checkpointIfDue();
    }

    private boolean isDue(int interval) {
        return iteration == plan.train().trainIters() || (interval > 0 && iteration % interval == 0);
    }

    private Phase.Evaluate evaluation() {
        return new Phase.Evaluate(iteration, 0, plan.train().evalSamples());
    }

    private Directive afterEvaluation(List<PhaseResult> results) {
        PhaseResult.Evaluated total = StageResults.evaluation(results);
        double loss = total.meanOfMeans();
        events.accept(new RunEvent.Evaluated(
                iteration,
                loss,
                Math.exp(Math.min(20, loss)),
                loss / plan.charactersPerToken(),
                Math.round(total.numTokens())));
        return switch (job) {
            case RunJob.Train _ -> checkpointIfDue();
            case RunJob.Evaluate _, RunJob.Generate _ -> new Directive.Finish();
        };
    }

    private Directive checkpointIfDue() {
        return isDue(plan.checkpointInterval()) ? new Directive.PrepareCheckpoint(iteration) : afterCheckpoint();
    }

    private Directive afterCheckpoint() {
        return iteration < plan.train().trainIters() ? run(trainStep(iteration + 1)) : nextToken();
    }

    private Directive afterLoad() {
        return switch (job) {
            case RunJob.Train _ -> run(trainStep(iteration + 1));
            case RunJob.Evaluate _ -> run(evaluation());
            case RunJob.Generate _ -> nextToken();
        };
    }

    private Directive nextToken() {
        if (!drawing.isDone()) {
            return run(drawing.next());
        }
        events.accept(drawing.event(iteration));
        return end;
    }

    private Directive afterToken(List<PhaseResult> results) {
        drawing.accept(StageResults.logits(results));
        return nextToken();
    }
}
