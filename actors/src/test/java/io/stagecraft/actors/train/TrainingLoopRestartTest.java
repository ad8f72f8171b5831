package io.stagecraft.actors.train;

import static io.stagecraft.actors.train.TrainingLoopTest.DIRECTORY;
import static io.stagecraft.actors.train.TrainingLoopTest.both;
import static io.stagecraft.actors.train.TrainingLoopTest.committed;
import static io.stagecraft.actors.train.TrainingLoopTest.gradients;
import static io.stagecraft.actors.train.TrainingLoopTest.phase;
import static io.stagecraft.actors.train.TrainingLoopTest.play;
import static io.stagecraft.actors.train.TrainingLoopTest.resultsOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.config.EvaluationOrder;
import io.stagecraft.actors.config.ExitAfter;
import io.stagecraft.actors.config.RecomputeConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.topology.ParallelTopology;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// What a run does when it is told to leave, and at the start that goes on from there.
class TrainingLoopRestartTest {
    private final Fakes.Recorder recorder = new Fakes.Recorder();
    private final AtomicLong nanos = new AtomicLong();

    private TrainingLoop loop(RunJob job) {
        // Every look at the clock is one second later.
        return new TrainingLoop(
                Fakes.setting(new ParallelTopology(1, 2, 1), job),
                recorder::accept,
                () -> nanos.getAndAdd(1_000_000_000L));
    }

    private static final ParallelTopology TOPOLOGY = new ParallelTopology(1, 2, 1);

    private TrainingLoop loop(RunJob job, TrainConfig train) {
        return new TrainingLoop(
                Fakes.setting(TOPOLOGY, job, train), recorder::accept, () -> nanos.getAndAdd(1_000_000_000L));
    }

    /// One step, up to what follows its update.
    private static Directive step(TrainingLoop loop, double loss) {
        loop.answered(gradients(loss));
        return loop.answered(both(new PhaseResult.Updated(1)));
    }

    private static TrainConfig steps(EvaluationOrder order, ExitAfter exit) {
        return new TrainConfig(3, 1, 8, 2, 2, 4, order, exit, Duration.ofSeconds(8), RecomputeConfig.none());
    }

    @Test
    void shouldLeaveWithACheckpointOfTheStepThatRan() {
        TrainingLoop loop = loop(new RunJob.Train());
        loop.start();
        loop.leave(15);

        assertThat(step(loop, 2.0)).isEqualTo(new Directive.PrepareCheckpoint(1));
        loop.prepared(DIRECTORY);
        loop.answered(resultsOf(new Phase.Save(1, DIRECTORY)));
        assertThat(loop.commitBegun()).isEqualTo(new Directive.Wait());
        assertThat(loop.committed(committed(1))).isEqualTo(new Directive.Leave(new Leaving.BySignal(15)));
    }

    @Test
    void shouldEvaluateAtTheNextStartWhatWasDueWhenItLeft() {
        // Evaluations are due after every second step; the run is told to leave in the second one.
        TrainingLoop left = loop(new RunJob.Train());
        left.start();
        step(left, 2.0);
        left.leave(15);
        assertThat(step(left, 2.0)).isEqualTo(new Directive.PrepareCheckpoint(2));

        TrainingLoop next = loop(new RunJob.Train(new Start.Resume(DIRECTORY), left.state()));
        next.start();

        assertThat(phase(next.answered(both(new PhaseResult.Loaded())))).isEqualTo(new Phase.Evaluate(2, 0, 4));
    }

    @Test
    void shouldNotEvaluateAgainAfterARestart() {
        TrainingLoop before = loop(new RunJob.Train());
        before.start();
        step(before, 2.0);
        step(before, 2.0);
        before.answered(resultsOf(new Phase.Evaluate(2, 0, 4)));

        TrainingLoop next = loop(new RunJob.Train(new Start.Resume(DIRECTORY), before.state()));
        next.start();

        assertThat(phase(next.answered(both(new PhaseResult.Loaded())))).isEqualTo(new Phase.TrainStep(3, 16));
    }

    @Test
    void shouldTellTheSameStepsWhetherItWasStoppedOrNot() {
        var undisturbed = new Fakes.Recorder();
        var train = new TrainConfig(3, 1, 8, 3, 0, 0);
        play(new TrainingLoop(
                Fakes.setting(TOPOLOGY, new RunJob.Train(), train), undisturbed::accept, () -> nanos.getAndAdd(1)));

        TrainingLoop first = loop(new RunJob.Train(), train);
        first.start();
        first.answered(gradients(2.0, 4.0));
        first.answered(both(new PhaseResult.Updated(1)));
        play(loop(new RunJob.Train(new Start.Resume(DIRECTORY), first.state()), train));

        // Mean losses over the interval of three steps, samples, rates of the schedule; not times.
        assertThat(recorder.of(RunEvent.StepCompleted.class))
                .usingRecursiveComparison()
                .ignoringFields("elapsedMillis", "tokensPerSecond", "modelFlopsPerSecond")
                .isEqualTo(undisturbed.of(RunEvent.StepCompleted.class));
    }

    @Test
    void shouldSampleOnlyWhenTheRunIsComplete() {
        TrainingLoop whole = loop(new RunJob.Train());
        play(whole);

        assertThat(play(loop(new RunJob.Train(new Start.Resume(DIRECTORY), whole.state()))))
                .first()
                .isEqualTo(new Directive.RunPhase(new Phase.Load(DIRECTORY, Phase.Load.Content.WEIGHTS_AND_OPTIMIZER)));
        assertThat(recorder.of(RunEvent.StepCompleted.class)).hasSize(3);
        assertThat(recorder.of(RunEvent.SampleGenerated.class)).hasSize(2);
    }

    @Test
    void shouldMeanTheLossesSinceTheLastLogLine() {
        TrainingLoop loop = loop(new RunJob.Train(), new TrainConfig(4, 1, 8, 2, 0, 0));
        loop.start();
        step(loop, 2);
        step(loop, 4);
        // A checkpoint was due.
        loop.notSaved("disk full");
        step(loop, 9);
        step(loop, 1);

        assertThat(recorder.of(RunEvent.StepCompleted.class))
                .extracting(RunEvent.StepCompleted::intervalLoss)
                .containsExactly(2.0, 3.0, 9.0, 5.0);
    }

    @Test
    void shouldNotMoveTheLearningRateWithAStepThatIsSkipped() {
        TrainingLoop loop = loop(new RunJob.Train());
        loop.start();
        step(loop, 2.0);
        loop.answered(gradients(Double.NaN));

        // 1 / 1000 a sample of warm-up; Megatron-LM's scheduler counts updates only.
        assertThat(recorder.of(RunEvent.StepCompleted.class))
                .extracting(RunEvent.StepCompleted::learningRate)
                .containsExactly(0.008, 0.008);
    }

    @Test
    void shouldTakeTheNextHeldBackSamplesAndOnceMoreAtTheEnd() {
        // After step 2 of 3, and at the end.
        List<Directive> directives =
                play(loop(new RunJob.Train(), steps(EvaluationOrder.CONTINUING, new ExitAfter.Never())));

        assertThat(directives)
                .filteredOn(it -> it instanceof Directive.RunPhase(Phase phase) && phase instanceof Phase.Evaluate)
                .containsExactly(
                        new Directive.RunPhase(new Phase.Evaluate(2, 0, 4)),
                        new Directive.RunPhase(new Phase.Evaluate(3, 4, 4)));
    }

    @Test
    void shouldEvaluateTwiceWhereAnIntervalEndsWithTheRun() {
        var train = new TrainConfig(
                2,
                1,
                8,
                2,
                2,
                4,
                EvaluationOrder.CONTINUING,
                new ExitAfter.Never(),
                Duration.ofSeconds(8),
                RecomputeConfig.none());

        play(loop(new RunJob.Train(), train));

        assertThat(recorder.of(RunEvent.Evaluated.class))
                .extracting(RunEvent.Evaluated::iteration)
                .containsExactly(2L, 2L);
    }

    private static List<Phase> evaluations(List<Directive> directives) {
        return directives.stream()
                .filter(it -> it instanceof Directive.RunPhase(Phase phase) && phase instanceof Phase.Evaluate)
                .map(it -> ((Directive.RunPhase) it).phase())
                .toList();
    }

    /// As `pretrain` of Megatron-LM: validation and the test part at the end of training, and again
    /// when a finished run is loaded, where the validation samples go on and the test part begins
    /// anew.
    @Test
    void shouldEvaluateTheTestPartAtTheEndAndAgainWhenAFinishedRunIsLoaded() {
        var setting = steps(EvaluationOrder.CONTINUING, new ExitAfter.Never());
        var loop = new TrainingLoop(
                Fakes.setting(TOPOLOGY, new RunJob.Train(), setting, 8), recorder::accept, () -> nanos.getAndAdd(1));
        var test = new Phase.Evaluate(3, Phase.Evaluate.Split.TEST, 0, 8);
        assertThat(evaluations(play(loop)))
                .containsExactly(new Phase.Evaluate(2, 0, 4), new Phase.Evaluate(3, 4, 4), test);

        var job = new RunJob.Train(new Start.Resume(DIRECTORY), loop.state());
        var again =
                new TrainingLoop(Fakes.setting(TOPOLOGY, job, setting, 8), recorder::accept, () -> nanos.getAndAdd(1));
        assertThat(evaluations(play(again))).containsExactly(new Phase.Evaluate(3, 8, 4), test);
        assertThat(recorder.of(RunEvent.Evaluated.class))
                .extracting(RunEvent.Evaluated::occasion)
                .containsExactly(
                        RunEvent.Evaluated.Occasion.INTERVAL,
                        RunEvent.Evaluated.Occasion.END,
                        RunEvent.Evaluated.Occasion.TEST,
                        RunEvent.Evaluated.Occasion.END,
                        RunEvent.Evaluated.Occasion.TEST);
    }

    @Test
    void shouldEvaluateTheEndOfARunThatAnotherProgramFinished() {
        LoopState there = LoopState.of(new ModelSource.Progress(3, 24, 4, 3));
        var job = new RunJob.Train(new Start.Continue(DIRECTORY), there);
        List<Directive> directives = play(loop(job, steps(EvaluationOrder.CONTINUING, new ExitAfter.Never())));

        assertThat(evaluations(directives)).containsExactly(new Phase.Evaluate(3, 4, 4));
    }

    /// The first held-back samples give the same values each time.
    @Test
    void shouldNotEvaluateTheSameSamplesAgainWhenAFinishedRunIsLoaded() {
        TrainingLoop whole = loop(new RunJob.Train());
        play(whole);

        var job = new RunJob.Train(new Start.Resume(DIRECTORY), whole.state());
        assertThat(evaluations(play(loop(job)))).isEmpty();
    }

    @Test
    void shouldLeaveAfterTheStepsItWasGiven() {
        List<Directive> directives =
                play(loop(new RunJob.Train(), steps(EvaluationOrder.FIXED, new ExitAfter.Steps(1))));

        assertThat(directives.getLast())
                .isEqualTo(new Directive.Leave(new Leaving.AsPlanned("train.exit-after = 1 step")));
        assertThat(directives).contains(new Directive.PrepareCheckpoint(1));
    }

    @Test
    void shouldLeaveWhenItsTimeIsOver() {
        // Every look at the clock is one second later: one at the start, two a step.
        List<Directive> directives = play(
                loop(new RunJob.Train(), steps(EvaluationOrder.FIXED, new ExitAfter.Elapsed(Duration.ofSeconds(3)))));

        assertThat(directives.getLast()).isEqualTo(new Directive.Leave(new Leaving.AsPlanned("train.exit-after = 3s")));
        assertThat(recorder.of(RunEvent.StepCompleted.class)).hasSize(2);
    }

    @Test
    void shouldFailWhenItLeavesAsPlannedWithoutACheckpoint() {
        TrainingLoop loop = loop(new RunJob.Train(), steps(EvaluationOrder.FIXED, new ExitAfter.Steps(1)));
        loop.start();
        step(loop, 2.0);

        assertThat(loop.notSaved("disk full"))
                .isEqualTo(new Directive.GiveUp("checkpoint at iteration 1", "disk full"));
    }

    @Test
    void shouldStartAtStepOneWithTheWeightsOfAModel() {
        TrainingLoop loop = loop(new RunJob.Train(new Start.FromModel(DIRECTORY)));

        assertThat(phase(loop.start())).isEqualTo(new Phase.Load(DIRECTORY));
        assertThat(phase(loop.answered(both(new PhaseResult.Loaded())))).isEqualTo(new Phase.TrainStep(1, 0));
    }

    @Test
    void shouldGoOnWhereAnotherProgramStopped() {
        LoopState there = LoopState.of(new ModelSource.Progress(2, 16, 4, 2));
        TrainingLoop loop = loop(new RunJob.Train(new Start.Continue(DIRECTORY), there));
        loop.start();

        assertThat(phase(loop.answered(both(new PhaseResult.Loaded())))).isEqualTo(new Phase.TrainStep(3, 16));
    }
}
