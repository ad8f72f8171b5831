package io.stagecraft.tests.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.actors.config.EvaluationOrder;
import io.stagecraft.actors.config.ExitAfter;
import io.stagecraft.actors.config.OptimizerConfig;
import io.stagecraft.actors.config.RecomputeConfig;
import io.stagecraft.actors.config.RunConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.actors.config.TransportSettings;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.actors.train.RunOutcome;
import io.stagecraft.actors.train.Start;
import io.stagecraft.stages.run.OptimizerLayout;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A run that is left in the middle and goes on in another actor system, against one that is not.
class ResumedRunTest {
    private static final ParallelTopology ONE_RANK = new ParallelTopology(1, 1, 1);
    private static final int NUM_STEPS = 7;

    @TempDir
    private Path folder;

    /// Of all layouts that the tests in JVMs of their own leave out.
    static Stream<ParallelTopology> layouts() {
        return Stream.of(
                ONE_RANK, new ParallelTopology(2, 1, 1), new ParallelTopology(1, 2, 1), new ParallelTopology(2, 2, 2));
    }

    private TinyRun tiny(String name, ParallelTopology topology) throws Exception {
        return new TinyRun(Files.createDirectories(folder.resolve(name)), topology, TransportSettings.Channel.LOOPBACK);
    }

    /// Log lines every third step and evaluations every second one: neither ends where the run is left.
    private static TrainConfig train(int numSteps, ExitAfter exit) {
        return new TrainConfig(
                numSteps,
                2,
                8,
                3,
                2,
                4,
                EvaluationOrder.CONTINUING,
                exit,
                Duration.ofSeconds(8),
                RecomputeConfig.none());
    }

    private static TinyRun.Story whole(TinyRun tiny) throws Exception {
        return tiny.run(new RunJob.Train(), tiny.config(train(NUM_STEPS, new ExitAfter.Never())));
    }

    private static TinyRun.Story upTo(long steps, TinyRun tiny) throws Exception {
        return tiny.run(new RunJob.Train(), tiny.config(train(NUM_STEPS, new ExitAfter.Steps(steps))));
    }

    private static TinyRun.Story rest(TinyRun tiny) throws Exception {
        return tiny.run(resume(tiny), tiny.config(train(NUM_STEPS, new ExitAfter.Never())));
    }

    private static RunJob resume(TinyRun tiny) {
        return new RunJob.Train(new Start.Resume(tiny.folder().resolve("checkpoints")));
    }

    /// What was told of values, in order.
    private static List<RunEvent> values(TinyRun.Story... stories) {
        return Stream.of(stories)
                .flatMap(story -> story.events().stream())
                .filter(event -> event instanceof RunEvent.StepCompleted
                        || event instanceof RunEvent.Evaluated
                        || event instanceof RunEvent.SampleGenerated)
                .toList();
    }

    private static List<String> finalTensors(TinyRun tiny) throws Exception {
        Path sums = tiny.folder().resolve("checkpoints/step-0000000" + NUM_STEPS + "/SHA256SUMS");
        return Files.readAllLines(sums).stream()
                .filter(line -> line.endsWith(".safetensors"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void shouldBeTheSameRunBitForBit(ParallelTopology layout) throws Exception {
        TinyRun undisturbed = tiny("whole", layout);
        TinyRun.Story all = whole(undisturbed);
        TinyRun left = tiny("left", layout);

        TinyRun.Story first = upTo(4, left);
        TinyRun.Story second = rest(left);

        assertThat(values(first, second))
                .usingRecursiveComparison()
                .ignoringFields("elapsedMillis", "tokensPerSecond", "modelFlopsPerSecond", "bubbleShare")
                .withEqualsForType(Double::equals, Double.class) // bit for bit, and NaN is itself
                .isEqualTo(values(all));
        assertThat(finalTensors(left)).isEqualTo(finalTensors(undisturbed));
    }

    /// Recomputation may change from start to start: the numbers do not depend on it. Oracle:
    /// weights and moments of a run that keeps everything.
    @Test
    void shouldBeTheSameRunBitForBitWhenBackwardComputesAgain() throws Exception {
        var layout = new ParallelTopology(2, 2, 1);
        TinyRun undisturbed = tiny("whole", layout);
        whole(undisturbed);
        TinyRun left = tiny("left", layout);
        upTo(4, left);
        var full = new RecomputeConfig(RecomputeConfig.Granularity.FULL, RecomputeConfig.Method.UNIFORM, 1);

        left.run(
                resume(left),
                left.config(train(NUM_STEPS, new ExitAfter.Never()).withRecompute(full)));

        assertThat(finalTensors(left)).isEqualTo(finalTensors(undisturbed));
    }

    @Test
    void shouldSayThatItLeftAsPlanned() throws Exception {
        TinyRun.Story story = upTo(4, tiny("left", ONE_RANK));

        assertThat(story.outcome()).isEqualTo(new RunOutcome.Paused(4, "train.exit-after = 4 steps"));
        assertThat(story.outcome().exitCode()).isZero();
        assertThat(story.of(RunEvent.CheckpointCommitted.class).getLast().iteration())
                .isEqualTo(4);
    }

    @Test
    void shouldGoOnAtAnotherLayout() throws Exception {
        double whole = whole(tiny("whole", ONE_RANK)).losses().getLast();
        upTo(4, tiny("left", new ParallelTopology(2, 2, 1)));

        TinyRun.Story second = rest(tiny("left", ONE_RANK));

        // The same run but for the order of float32 sums in four steps; a run that lost its moments, its place in
        // the data or its rate is off by more than 1e-3.
        assertThat(second.losses()).hasSize(3);
        assertThat(second.losses().getLast()).isCloseTo(whole, within(1e-4 * whole));
    }

    @Test
    void shouldOnlySampleWhenTheRunIsComplete() throws Exception {
        TinyRun tiny = tiny("whole", ONE_RANK);
        TinyRun.Story all = whole(tiny);

        TinyRun.Story again = rest(tiny);

        assertThat(again.outcome()).isEqualTo(new RunOutcome.Completed(NUM_STEPS));
        assertThat(again.losses()).isEmpty();
        assertThat(again.of(RunEvent.SampleGenerated.class)).isEqualTo(all.of(RunEvent.SampleGenerated.class));
    }

    @Test
    void shouldTrainOnWhenTheRunIsMadeLonger() throws Exception {
        TinyRun tiny = tiny("whole", ONE_RANK);
        whole(tiny);

        TinyRun.Story more = tiny.run(resume(tiny), tiny.config(train(NUM_STEPS + 2, new ExitAfter.Never())));

        assertThat(more.losses()).hasSize(2);
    }

    @Test
    void shouldNameAllDifferencesOfAnotherRun() throws Exception {
        TinyRun tiny = tiny("left", ONE_RANK);
        upTo(1, tiny);
        StagecraftConfig config = tiny.config(train(NUM_STEPS, new ExitAfter.Never()));
        OptimizerConfig faster = new OptimizerConfig(
                2e-2,
                1e-3,
                OptimizerConfig.DecayStyle.CONSTANT,
                0,
                0,
                0.9,
                0.95,
                1e-8,
                0.1,
                1.0,
                OptimizerLayout.DISTRIBUTED);
        var other = new StagecraftConfig(
                new RunConfig("tiny", 8, config.run().directory()),
                config.data(),
                config.model(),
                config.parallel(),
                config.train(),
                faster,
                config.transport(),
                config.backend(),
                config.checkpoint(),
                config.start(),
                config.generate(),
                config.telemetry());

        assertThatThrownBy(() -> tiny.run(resume(tiny), other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("run.seed: 7 in the checkpoint, 8 now")
                .hasMessageContaining("optimizer.learning-rate: 0.01 in the checkpoint, 0.02 now");
    }

    @Test
    void shouldStartAnewWithTheWeightsOfAModel() throws Exception {
        TinyRun saved = tiny("whole", ONE_RANK);
        double before = whole(saved).losses().getFirst();

        TinyRun.Story tuned = tiny("tuned", ONE_RANK)
                .run(
                        new RunJob.Train(new Start.FromModel(saved.folder().resolve("checkpoints"))),
                        tiny("tuned", ONE_RANK).config(train(2, new ExitAfter.Never())));

        // The same samples as in the first step of the run that made the weights.
        assertThat(tuned.of(RunEvent.StepCompleted.class).getFirst().iteration())
                .isEqualTo(1);
        assertThat(tuned.losses().getFirst()).isLessThan(before);
    }
}
