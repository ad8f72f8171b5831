package io.stagecraft.tests.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TransportSettings;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.actors.train.RunOutcome;
import io.stagecraft.actors.train.RunRequest;
import io.stagecraft.actors.train.TrainingRun;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A whole run: text, ranks as actors, transport, checkpoint, sample.
class TrainingRunTest {
    private static final ParallelTopology FOUR_RANKS = new ParallelTopology(2, 2, 1);
    private static final ParallelTopology ONE_RANK = new ParallelTopology(1, 1, 1);
    private static final RunJob TRAIN = new RunJob.Train();

    @TempDir
    private Path folder;

    private TinyRun tiny(ParallelTopology topology, TransportSettings.Channel channel) {
        return new TinyRun(folder, topology, channel);
    }

    @ParameterizedTest
    @EnumSource(TransportSettings.Channel.class)
    void shouldTrainEvaluateSaveAndSampleOverEveryMedium(TransportSettings.Channel channel) throws Exception {
        TinyRun.Story story = tiny(FOUR_RANKS, channel).run(TRAIN);

        assertThat(story.outcome()).isEqualTo(new RunOutcome.Completed(TinyRun.NUM_STEPS));
        assertThat(story.losses()).hasSize(TinyRun.NUM_STEPS);
        assertThat(story.of(RunEvent.Evaluated.class)).hasSize(2);
        assertThat(story.of(RunEvent.CheckpointCommitted.class)).hasSize(2);
        assertThat(story.of(RunEvent.SampleGenerated.class))
                .singleElement()
                .satisfies(sample -> assertThat(sample.text()).hasSize(20));
    }

    @Test
    void shouldLoseNothingOfTheModelOnFourRanks() throws Exception {
        double one = tiny(ONE_RANK, TransportSettings.Channel.LOOPBACK)
                .run(TRAIN)
                .losses()
                .getFirst();
        double four = tiny(FOUR_RANKS, TransportSettings.Channel.IPC)
                .run(TRAIN)
                .losses()
                .getFirst();

        // Same weights and masks; sums of float32 in another order: 2e-6 is the project's bound at step 1.
        assertThat(four).isCloseTo(one, within(2e-6 * one));
    }

    @Test
    void shouldEvaluateACheckpointAtAnotherLayoutAsTheRunDid() throws Exception {
        TinyRun.Story trained = tiny(FOUR_RANKS, TransportSettings.Channel.IPC).run(TRAIN);
        double atTheEnd = trained.of(RunEvent.Evaluated.class).getLast().lmLoss();

        TinyRun.Story loaded = tiny(ONE_RANK, TransportSettings.Channel.LOOPBACK)
                .run(new RunJob.Evaluate(folder.resolve("checkpoints")));

        assertThat(loaded.of(RunEvent.Evaluated.class)).singleElement().satisfies(evaluated -> {
            assertThat(evaluated.iteration()).isEqualTo(TinyRun.NUM_STEPS);
            // Equal weights, sums of float32 in another order.
            assertThat(evaluated.lmLoss()).isCloseTo(atTheEnd, within(2e-6 * atTheEnd));
        });
    }

    @Test
    void shouldSampleFromACheckpointTheTextThatTheRunSampled() throws Exception {
        TinyRun.Story trained =
                tiny(FOUR_RANKS, TransportSettings.Channel.LOOPBACK).run(TRAIN);

        TinyRun.Story loaded = tiny(FOUR_RANKS, TransportSettings.Channel.LOOPBACK)
                .run(new RunJob.Generate(folder.resolve("checkpoints")));

        assertThat(loaded.of(RunEvent.SampleGenerated.class).getFirst().text())
                .isEqualTo(trained.of(RunEvent.SampleGenerated.class).getFirst().text());
    }

    @Test
    void shouldSayThatTheModelOfACheckpointDoesNotFitTheLayout() throws Exception {
        TinyRun saved = tiny(ONE_RANK, TransportSettings.Channel.LOOPBACK);
        saved.run(TRAIN);
        StagecraftConfig deeper = saved.config(4, new ParallelTopology(1, 4, 1));
        var request = new RunRequest(
                deeper, "", new RunJob.Evaluate(folder.resolve("checkpoints")), folder.resolve("cache"), 2);

        assertThatThrownBy(() -> TrainingRun.open(request))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be laid out as configured")
                .hasMessageContaining("parallel.pipeline-size = 4 must be at most its layers, 2");
    }

    @Test
    void shouldSampleWithTheContextThatTheCheckpointWasTrainedOn() throws Exception {
        TinyRun.Story trained =
                tiny(ONE_RANK, TransportSettings.Channel.LOOPBACK).run(TRAIN);

        TinyRun.Story loaded = tiny(ONE_RANK, TransportSettings.Channel.LOOPBACK)
                .withSequenceLength(4)
                .run(new RunJob.Generate(folder.resolve("checkpoints")));

        assertThat(loaded.of(RunEvent.SampleGenerated.class).getFirst().text())
                .isEqualTo(trained.of(RunEvent.SampleGenerated.class).getFirst().text());
    }

    @Test
    void shouldLeaveNothingOfAeronBehind() throws Exception {
        tiny(FOUR_RANKS, TransportSettings.Channel.IPC).run(TRAIN);

        try (Stream<Path> left = Files.list(folder.resolve("aeron"))) {
            assertThat(left).isEmpty();
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("stagecraft-poll") || name.startsWith("stagecraft-media"));
    }

    @Test
    void shouldKeepTheNewCheckpointBesideThoseOfAnEarlierRun() throws Exception {
        tiny(ONE_RANK, TransportSettings.Channel.LOOPBACK).run(TRAIN);

        TinyRun.Story again = tiny(ONE_RANK, TransportSettings.Channel.LOOPBACK).run(TRAIN);

        assertThat(again.of(RunEvent.CheckpointFailed.class)).isEmpty();
        assertThat(again.of(RunEvent.CheckpointCommitted.class)).hasSize(2);
    }

    @Test
    void shouldKeepAsManyCheckpointsAsAskedFor() throws Exception {
        tiny(ONE_RANK, TransportSettings.Channel.LOOPBACK).run(TRAIN);

        try (Stream<Path> left = Files.list(folder.resolve("checkpoints"))) {
            assertThat(left.filter(Files::isDirectory))
                    .extracting(path -> path.getFileName().toString())
                    .containsExactly("step-00000004");
        }
    }
}
