package io.stagecraft.actors.train;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEvent.Evaluated.Occasion;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The order of a run: which phase comes after which, with which numbers. A plain state machine
/// without threads, clocks or actors; [TrainingCoordinator] carries out its [Directive]s one at a
/// time and tells it what came of each.
///
/// A step is forward and backward, then update, evaluation when due, checkpoint when due; after the
/// last step the data's test part is evaluated too, and a sample follows. A step whose loss or
/// gradient norm is not finite is skipped: no rank updates; after [#MOST_SKIPPED_IN_A_ROW] in a row
/// the run gives up.
///
/// A run that is asked to leave finishes its step, saves and leaves; an evaluation that was due
/// then is the first thing of the next start, so that the run tells the same values as one that was
/// never stopped.
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
    private final List<Scoring> scoring; // of a benchmark
    private final ExitWatch exit;
    private final Evaluations evaluations;
    private LoopState state;
    private Phase running;
    private StepNumbers numbers = new StepNumbers(0, 0, 0);
    private long stepStartNanos;
    private Leaving leaving = new Leaving.Not();
    private List<Directive.GiveUp> failure = List.of();
    private Occasion occasion = Occasion.INTERVAL;
    private boolean isCommitting;
    private boolean isEnding;

    private record StepNumbers(double loss, double gradientNorm, double bubbleShare) {
        boolean isFinite() {
            return Double.isFinite(loss) && Double.isFinite(gradientNorm);
        }
    }

    /// `events` gets what happens; `nanoTime` is a monotonic clock.
    TrainingLoop(RunSetting setting, Consumer<RunEvent> events, LongSupplier nanoTime) {
        this.plan = setting.plan();
        this.topology = setting.topology();
        this.evaluations = new Evaluations(plan);
        this.job = setting.job();
        this.events = events;
        this.nanoTime = nanoTime;
        this.drawing = new TokenDrawing(setting.text(), nanoTime);
        this.state = switch (job) {
            case RunJob.Train(Start _, LoopState from) -> from;
            case RunJob.Evaluate(Path _, long step) -> LoopState.at(step);
            case RunJob.Score score -> LoopState.at(score.saved().step());
            case RunJob.Generate(Path _, long step, GenerationWishes _) -> LoopState.at(step);
        };
        this.running = switch (job) {
            case RunJob.Train(Start start, LoopState _) -> first(start);
            case RunJob.Evaluate(Path checkpoint, long _) -> new Phase.Load(checkpoint);
            case RunJob.Score score -> new Phase.Load(score.saved().folder());
            case RunJob.Generate(Path checkpoint, long _, GenerationWishes _) -> new Phase.Load(checkpoint);
        };
        this.scoring = job instanceof RunJob.Score score
                ? List.of(new Scoring(score, plan.train().microBatchSize(), topology))
                : List.of();
        this.exit = new ExitWatch(plan.train().exitAfter(), state.iteration(), nanoTime.getAsLong());
    }

    private Phase first(Start start) {
        return switch (start) {
            case Start.Fresh _ -> trainStep();
            case Start.Resume(Path checkpoint) -> new Phase.Load(checkpoint, Phase.Load.Content.WEIGHTS_AND_OPTIMIZER);
            case Start.FromModel(Path model) -> new Phase.Load(model, Phase.Load.Content.WEIGHTS);
            case Start.Continue(Path model) -> new Phase.Load(model, Phase.Load.Content.WEIGHTS_AND_OPTIMIZER);
        };
    }

    /// Steps done.
    long iteration() {
        return state.iteration();
    }

    /// Where the run stands; of use for a checkpoint between two steps.
    LoopState state() {
        return state;
    }

    /// The first thing to do.
    Directive start() {
        return run(running);
    }

    /// Finish the step, save, leave. Whether there is something to save: a run that does not train
    /// is for the caller to end.
    boolean leave(int signal) {
        leaving = new Leaving.BySignal(signal);
        return job instanceof RunJob.Train;
    }

    /// All stages finished the phase that runs; `results` in the order of [StagePlace#all].
    Directive answered(List<PhaseResult> results) {
        return switch (running) {
            case Phase.TrainStep step -> afterGradients(step, results);
            case Phase.ApplyUpdate _ -> afterStep(state.updated(plan.train().globalBatchSize(), numbers.loss()));
            case Phase.Evaluate _ -> afterEvaluation(results);
            case Phase.Save _ -> commit();
            case Phase.Load _ -> afterLoad();
            case Phase.Score _ -> afterScores(results);
            case Phase.Generate _ -> afterToken(results);
        };
    }

    /// Answer to [Directive.PrepareCheckpoint]: an empty directory.
    Directive prepared(Path directory) {
        return run(new Phase.Save(iteration(), directory));
    }

    private Directive commit() {
        isCommitting = true;
        var settings = new LinkedHashMap<>(state.settings());
        settings.put("lm-loss", String.valueOf(numbers.loss())); // for lists of checkpoints; JSON has no NaN
        return new Directive.CommitCheckpoint(new SavedState(state.progress(), settings));
    }

    /// The commit of [Directive.CommitCheckpoint] has begun, beside what comes now.
    Directive commitBegun() {
        return afterCheckpoint();
    }

    /// Whether a checkpoint is being made durable.
    boolean isCommitting() {
        return isCommitting;
    }

    /// Answer to [Directive.CommitCheckpoint]: the checkpoint lasts.
    Directive committed(RunEvent.CheckpointCommitted event) {
        isCommitting = false;
        events.accept(event);
        return afterCommit();
    }

    /// Answer to [Directive.CommitCheckpoint]: the checkpoint of `step` could not be made durable.
    Directive notCommitted(long step, String reason) {
        isCommitting = false;
        failedToSave(step, reason);
        return afterCommit();
    }

    /// The shards of the checkpoint that is due could not be written: told, and the run goes on.
    Directive notSaved(String reason) {
        failedToSave(iteration(), reason);
        return afterCheckpoint();
    }

    /// After the last step of this start it would have been the start's result, so the run fails
    /// once all is told.
    private void failedToSave(long step, String reason) {
        if (step == iteration() && (isTrained() || leaving instanceof Leaving.AsPlanned)) {
            events.accept(new RunEvent.CheckpointFailed(step, reason));
            failure = List.of(new Directive.GiveUp("checkpoint at iteration " + step, reason));
        } else {
            events.accept(new RunEvent.CheckpointFailed(step, reason + "; the run goes on"));
        }
    }

    private Directive afterCommit() {
        return isEnding ? ending() : new Directive.Wait();
    }

    /// The run ends when its last checkpoint is done with.
    private Directive end() {
        isEnding = true;
        return isCommitting ? new Directive.Wait() : ending();
    }

    private Directive ending() {
        if (!failure.isEmpty()) {
            return failure.getFirst();
        }
        return leaving instanceof Leaving.Not ? new Directive.Finish() : new Directive.Leave(leaving);
    }

    private Directive run(Phase phase) {
        running = phase;
        if (phase instanceof Phase.TrainStep) {
            stepStartNanos = nanoTime.getAsLong();
        }
        return new Directive.RunPhase(phase);
    }

    private Phase.TrainStep trainStep() {
        return new Phase.TrainStep(iteration() + 1, state.consumedTrainSamples());
    }

    private boolean isTrained() {
        return iteration() >= plan.train().trainIters();
    }

    private Directive afterGradients(Phase.TrainStep step, List<PhaseResult> results) {
        numbers = new StepNumbers(
                StageResults.meanLoss(results),
                StageResults.gradientNorm(results, topology),
                StageResults.bubbleShare(results));
        if (!numbers.isFinite()) {
            return skip(step);
        }
        double learningRate = plan.learningRate().at(state.scheduledSamples());
        return run(
                new Phase.ApplyUpdate(step.step(), learningRate, plan.clipping().coefficient(numbers.gradientNorm())));
    }

    private Directive skip(Phase.TrainStep step) {
        LoopState after = state.skipped(plan.train().globalBatchSize());
        if (after.numSkippedInARow() < MOST_SKIPPED_IN_A_ROW) {
            return afterStep(after);
        }
        return new Directive.GiveUp(
                "step " + step.step(),
                "the last " + after.numSkippedInARow() + " steps gave no finite gradient (loss " + numbers.loss()
                        + ", gradient norm " + numbers.gradientNorm()
                        + "); lower optimizer.learning-rate or lengthen the warm-up");
    }

    private Directive afterStep(LoopState after) {
        state = after;
        long now = nanoTime.getAsLong();
        events.accept(stepCompleted(now - stepStartNanos));
        if (iteration() % plan.train().logInterval() == 0) {
            state = state.logged();
        }
        if (leaving instanceof Leaving.Not) {
            leaving = exit.at(iteration(), now);
        }
        // Who is told to leave has seconds: the evaluation waits for the next start.
        return leaving instanceof Leaving.BySignal ? checkpointIfDue() : evaluationIfDue();
    }

    private RunEvent.StepCompleted stepCompleted(long elapsedNanos) {
        double seconds = elapsedNanos / NANOS_PER_SECOND;
        return new RunEvent.StepCompleted(
                iteration(),
                plan.train().trainIters(),
                state.consumedTrainSamples(),
                elapsedNanos / NANOS_PER_MILLI,
                plan.learningRate().at(state.scheduledSamples()),
                plan.train().globalBatchSize(),
                numbers.loss(),
                numbers.gradientNorm(),
                plan.cost().tokens() / seconds,
                plan.cost().modelFlops() / seconds,
                numbers.bubbleShare(),
                state.numSkipped(),
                state.numSkipped(),
                state.log().meanLoss(),
                state.log().numSkipped());
    }

    private boolean isDue(int interval) {
        return isTrained() || isMultipleOf(interval);
    }

    private boolean isMultipleOf(int interval) {
        return interval > 0 && iteration() % interval == 0;
    }

    private Directive evaluationIfDue() {
        return owesEvaluation()
                ? run(evaluation(evaluations.after(state).get(state.evaluationsHere())))
                : checkpointIfDue();
    }

    private boolean owesEvaluation() {
        return state.evaluationsHere() < evaluations.after(state).size();
    }

    private Phase.Evaluate evaluation(Occasion newOccasion) {
        occasion = newOccasion;
        return evaluations.phase(occasion, state);
    }

    private Directive afterEvaluation(List<PhaseResult> results) {
        events.accept(evaluations.event(occasion, state, results));
        state = evaluations.behind(occasion, state);
        return switch (job) {
            case RunJob.Train _ -> evaluationIfDue();
            case RunJob.Evaluate _, RunJob.Score _, RunJob.Generate _ -> new Directive.Finish();
        };
    }

    private Directive checkpointIfDue() {
        boolean isLeaving = !(leaving instanceof Leaving.Not);
        boolean isSaved = plan.checkpointInterval() != TrainingPlan.NEVER_SAVED;
        return isSaved && (isLeaving || isDue(plan.checkpointInterval()))
                ? new Directive.PrepareCheckpoint(iteration())
                : afterCheckpoint();
    }

    private Directive afterCheckpoint() {
        if (isTrained() && leaving instanceof Leaving.AsPlanned) {
            leaving = new Leaving.Not();
        }
        return switch (leaving) {
            case Leaving.Not _ -> isTrained() ? nextToken() : run(trainStep());
            case Leaving.BySignal _, Leaving.AsPlanned _ -> end();
        };
    }

    private Directive afterLoad() {
        return switch (job) {
            case RunJob.Train(Start start, LoopState _) -> afterStart(start);
            case RunJob.Evaluate _ -> run(evaluation(Occasion.INTERVAL));
            case RunJob.Score _ -> run(scoring.getFirst().next());
            case RunJob.Generate _ -> nextToken();
        };
    }

    /// An evaluation after the last step may be missing, since the run was told to leave just then;
    /// or all steps are done, and the end is evaluated again. Only then is there something new to
    /// save.
    private Directive afterStart(Start start) {
        startedFrom(start);
        if (!(leaving instanceof Leaving.Not)) {
            return afterCheckpoint();
        }
        boolean isMissing = start instanceof Start.Resume && iteration() > 0 && owesEvaluation();
        if (!isMissing && !evaluations.isEndRepeated(state)) {
            return afterCheckpoint();
        }
        state = isMissing ? state : evaluations.beforeEnd(state);
        return evaluationIfDue();
    }

    private void startedFrom(Start start) {
        switch (start) {
            case Start.Fresh _ -> {}
            case Start.Resume(Path path) -> events.accept(new RunEvent.RunResumed(iteration(), path));
            case Start.FromModel(Path path) -> events.accept(new RunEvent.RunResumed(iteration(), path));
            case Start.Continue(Path path) -> events.accept(new RunEvent.RunResumed(iteration(), path));
        }
    }

    private Directive afterScores(List<PhaseResult> results) {
        Scoring benchmark = scoring.getFirst();
        events.accept(benchmark.accept(results));
        if (!benchmark.isDone()) {
            return run(benchmark.next());
        }
        events.accept(benchmark.event());
        return new Directive.Finish();
    }

    private Directive nextToken() {
        if (leaving instanceof Leaving.BySignal) {
            return end();
        }
        if (!drawing.isDone()) {
            return run(drawing.next());
        }
        if (drawing.isWanted()) {
            drawing.samples(iteration()).forEach(events);
        }
        if (job instanceof RunJob.Generate) {
            events.accept(drawing.timing());
        }
        return end();
    }

    private Directive afterToken(List<PhaseResult> results) {
        drawing.accept(StageResults.generated(results));
        drawing.progress().ifPresent(events);
        return nextToken();
    }
}
