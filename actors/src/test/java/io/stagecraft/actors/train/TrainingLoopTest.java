package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.RankTiming;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TrainingLoopTest {
    static final Path DIRECTORY = Path.of("step-2");

    private final Fakes.Recorder recorder = new Fakes.Recorder();
    private final AtomicLong nanos = new AtomicLong();

    private TrainingLoop loop(RunJob job) {
        // Every look at the clock is one second later.
        return new TrainingLoop(
                Fakes.setting(new ParallelTopology(1, 2, 1), job),
                recorder::accept,
                () -> nanos.getAndAdd(1_000_000_000L));
    }

    /// First stage: squared norms 1 and 4; last stage: 11 and losses `losses`. The norm is 4.
    static List<PhaseResult> gradients(Double... losses) {
        return List.of(
                new PhaseResult.Gradients(List.of(), List.of(1.0, 4.0), new RankTiming(6, 0, 4, 0)),
                new PhaseResult.Gradients(List.of(losses), List.of(11.0), new RankTiming(8, 1, 0, 1)));
    }

    static List<PhaseResult> both(PhaseResult result) {
        return List.of(result, result);
    }

    /// What ranks would answer.
    static List<PhaseResult> resultsOf(Phase phase) {
        return switch (phase) {
            case Phase.TrainStep _ -> gradients(2.0, 4.0);
            case Phase.ApplyUpdate update -> both(new PhaseResult.Updated(update.step()));
            case Phase.Evaluate _ ->
                List.of(new PhaseResult.Evaluated(0, 0, 0, 0), new PhaseResult.Evaluated(32, 10, 6, 2));
            case Phase.Score _ -> both(new PhaseResult.Scored(List.of()));
            case Phase.Generate _ ->
                List.of(
                        new PhaseResult.Generated(List.of(), List.of()),
                        new PhaseResult.Generated(List.of(List.of(1)), List.of()));
            case Phase.Save save -> both(new PhaseResult.Saved(save.step()));
            case Phase.Load _ -> both(new PhaseResult.Loaded());
        };
    }

    /// Goes on to the end as a coordinator would; the directives in order.
    static List<Directive> play(TrainingLoop loop) {
        var commits = new ArrayDeque<Long>();
        var directives = new ArrayList<Directive>();
        Directive next = loop.start();
        while (true) {
            directives.add(next);
            switch (next) {
                case Directive.RunPhase(Phase phase) -> next = loop.answered(resultsOf(phase));
                case Directive.PrepareCheckpoint _ -> next = loop.prepared(DIRECTORY);
                case Directive.CommitCheckpoint(SavedState state) -> {
                    commits.add(state.step());
                    next = loop.commitBegun();
                }
                case Directive.Wait _ -> next = loop.committed(committed(commits.remove()));
                case Directive.Finish _, Directive.Leave _, Directive.GiveUp _ -> {
                    return directives;
                }
            }
        }
    }

    static RunEvent.CheckpointCommitted committed(long step) {
        return new RunEvent.CheckpointCommitted(step, DIRECTORY, 1, 1);
    }

    @Test
    void shouldGoThroughThePhasesOfARunInOrder() {
        // Three steps, evaluation and checkpoint every second step and at the end, then three tokens.
        List<String> names = play(loop(new RunJob.Train())).stream()
                .map(directive -> directive instanceof Directive.RunPhase(Phase phase)
                        ? phase.getClass().getSimpleName()
                        : directive.getClass().getSimpleName())
                .toList();

        assertThat(names)
                .containsExactly(
                        "TrainStep",
                        "ApplyUpdate",
                        "TrainStep",
                        "ApplyUpdate",
                        "Evaluate",
                        "PrepareCheckpoint",
                        "Save",
                        "CommitCheckpoint",
                        "TrainStep",
                        "ApplyUpdate",
                        "Evaluate",
                        "PrepareCheckpoint",
                        "Save",
                        "CommitCheckpoint",
                        "Generate",
                        "Generate",
                        "Generate",
                        "Wait",
                        "Finish");
    }

    @Test
    void shouldCountSamplesFromTheStepsBefore() {
        TrainingLoop loop = loop(new RunJob.Train());
        loop.start();
        loop.answered(gradients(2.0));

        // Two steps of eight samples: the second starts at sample 8.
        assertThat(loop.answered(both(new PhaseResult.Updated(1))))
                .isEqualTo(new Directive.RunPhase(new Phase.TrainStep(2, 8)));
    }

    @Test
    void shouldUpdateWithTheRateOfTheSamplesBeforeTheStep() {
        TrainingLoop loop = loop(new RunJob.Train());
        loop.start();

        // Warm-up from 0 (Megatron-LM): the first update has rate 0.
        assertThat(((Phase.ApplyUpdate) phase(loop.answered(gradients(2.0)))).learningRate())
                .isZero();
    }

    @Test
    void shouldTellTheRateAfterTheStep() {
        play(loop(new RunJob.Train()));

        // 1 / 1000 a sample during warm-up, eight samples a step.
        assertThat(recorder.of(RunEvent.StepCompleted.class))
                .extracting(RunEvent.StepCompleted::learningRate)
                .containsExactly(0.008, 0.016, 0.024);
    }

    @Test
    void shouldClipByTheNormOfAllStages() {
        TrainingLoop loop = loop(new RunJob.Train());
        loop.start();

        // sqrt(1 + 4 + 11) = 4, limit 1; Megatron-LM adds 1e-6 to the norm.
        assertThat(((Phase.ApplyUpdate) phase(loop.answered(gradients(2.0)))).gradientScale())
                .isEqualTo(1 / (4 + 1e-6));
    }

    @Test
    void shouldTellMeanLossNormAndRatesOfAStep() {
        TrainingLoop loop = loop(new RunJob.Train());
        loop.start();
        loop.answered(gradients(2.0, 4.0));
        loop.answered(both(new PhaseResult.Updated(1)));

        RunEvent.StepCompleted step = recorder.of(RunEvent.StepCompleted.class).getFirst();
        assertThat(step.lmLoss()).isEqualTo(3.0);
        assertThat(step.gradNorm()).isEqualTo(4.0);
        // 800 tokens in one second of this clock.
        assertThat(step.tokensPerSecond()).isEqualTo(800.0);
        // 4 ns of waiting in 20 ns of both stages; one division, so half an ulp.
        assertThat(step.bubbleShare()).isCloseTo(0.2, within(1e-15));
    }

    @Test
    void shouldSkipTheUpdateOfAStepThatIsNotFinite() {
        TrainingLoop loop = loop(new RunJob.Train());
        loop.start();

        assertThat(phase(loop.answered(gradients(Double.NaN)))).isEqualTo(new Phase.TrainStep(2, 8));
        assertThat(recorder.of(RunEvent.StepCompleted.class))
                .singleElement()
                .satisfies(step -> assertThat(step.nanIterations()).isEqualTo(1));
    }

    @Test
    void shouldGiveUpAfterThreeStepsInARowThatAreNotFinite() {
        TrainingLoop loop = loop(new RunJob.Train());
        loop.start();
        loop.answered(gradients(Double.NaN));
        // The second step is followed by its evaluation, which goes on to the third.
        loop.answered(gradients(Double.POSITIVE_INFINITY));
        loop.answered(resultsOf(new Phase.Evaluate(2, 0, 4)));
        loop.notSaved("disk full");

        assertThat(loop.answered(gradients(Double.NaN)))
                .isInstanceOfSatisfying(
                        Directive.GiveUp.class, end -> assertThat(end.where()).isEqualTo("step 3"));
    }

    @Test
    void shouldAverageTheEvaluationsMicrobatches() {
        play(loop(new RunJob.Evaluate(DIRECTORY)));

        assertThat(recorder.of(RunEvent.Evaluated.class)).singleElement().satisfies(evaluated -> {
            assertThat(evaluated.lmLoss()).isEqualTo(3.0);
            assertThat(evaluated.perplexity()).isEqualTo(Math.exp(3.0));
            assertThat(evaluated.numTokens()).isEqualTo(10);
        });
    }

    @Test
    void shouldLoadAndEvaluateNothingElse() {
        assertThat(play(loop(new RunJob.Evaluate(DIRECTORY))))
                .containsExactly(
                        new Directive.RunPhase(new Phase.Load(DIRECTORY)),
                        new Directive.RunPhase(new Phase.Evaluate(0, 0, 4)),
                        new Directive.Finish());
    }

    @Test
    void shouldGiveTheModelOnlyTheLastPositionsItTakes() {
        // The model takes two; the prompt is token 0, every draw is token 1. The third is behind a text that the
        // cache has at other positions.
        assertThat(play(loop(new RunJob.Generate(DIRECTORY))))
                .containsExactly(
                        new Directive.RunPhase(new Phase.Load(DIRECTORY)),
                        new Directive.RunPhase(Fakes.next(0, 1, 0)),
                        new Directive.RunPhase(Fakes.next(1, 2, 1)),
                        new Directive.RunPhase(Fakes.next(0, 3, 1, 1)),
                        new Directive.Finish());
    }

    @Test
    void shouldGoOnWithoutACheckpointThatFailed() {
        TrainingLoop loop = loop(new RunJob.Train());
        loop.start();
        loop.answered(gradients(2.0));
        loop.answered(both(new PhaseResult.Updated(1)));
        loop.answered(gradients(2.0));
        loop.answered(both(new PhaseResult.Updated(2)));
        loop.answered(resultsOf(new Phase.Evaluate(2, 0, 4)));

        assertThat(phase(loop.notSaved("disk full"))).isEqualTo(new Phase.TrainStep(3, 16));
        assertThat(recorder.of(RunEvent.CheckpointFailed.class))
                .containsExactly(new RunEvent.CheckpointFailed(2, "disk full; the run goes on"));
    }

    /// One evaluation and one checkpoint, both at the end; the loop's answer to the last token.
    private Directive toTheLastToken(TrainingLoop loop) {
        Directive next = loop.start();
        while (!(next instanceof Directive.Wait) && !(next instanceof Directive.Finish)) {
            next = switch (next) {
                case Directive.RunPhase(Phase phase) -> loop.answered(resultsOf(phase));
                case Directive.PrepareCheckpoint _ -> loop.prepared(DIRECTORY);
                case Directive.CommitCheckpoint _ -> loop.commitBegun();
                case Directive.Wait _, Directive.Finish _, Directive.Leave _, Directive.GiveUp _ -> next;
            };
        }
        return next;
    }

    @Test
    void shouldNotFinishBeforeTheLastCheckpointLasts() {
        TrainingLoop loop = loop(new RunJob.Train());
        assertThat(toTheLastToken(loop)).isInstanceOf(Directive.Wait.class);
        assertThat(loop.isCommitting()).isTrue();

        assertThat(loop.committed(committed(3))).isInstanceOf(Directive.Finish.class);
    }

    @Test
    void shouldFailARunWhoseLastCheckpointDoesNotLast() {
        TrainingLoop loop = loop(new RunJob.Train());
        toTheLastToken(loop);

        assertThat(loop.notCommitted(3, "disk full")).isInstanceOf(Directive.GiveUp.class);
    }

    @Test
    void shouldGoOnWhileACheckpointIsMadeDurableAndTellWhenItIs() {
        TrainingLoop loop = loop(new RunJob.Train());
        Directive next = loop.start();
        while (!(next instanceof Directive.CommitCheckpoint)) {
            next = next instanceof Directive.RunPhase(Phase phase)
                    ? loop.answered(resultsOf(phase))
                    : loop.prepared(DIRECTORY);
        }
        assertThat(phase(loop.commitBegun())).isEqualTo(new Phase.TrainStep(3, 16));
        assertThat(recorder.of(RunEvent.CheckpointCommitted.class)).isEmpty();

        assertThat(loop.committed(committed(2))).isInstanceOf(Directive.Wait.class);
        assertThat(recorder.of(RunEvent.CheckpointCommitted.class)).containsExactly(committed(2));
    }

    static Phase phase(Directive directive) {
        return ((Directive.RunPhase) directive).phase();
    }
}
