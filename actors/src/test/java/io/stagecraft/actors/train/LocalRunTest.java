package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A whole run of actors over ranks that compute nothing. Time limits are for a loaded machine of two
/// cores; the waits they limit would otherwise last for ever.
class LocalRunTest {
    private static final ParallelTopology TOPOLOGY = new ParallelTopology(2, 2, 2);
    private static final RankCoordinate VICTIM = new RankCoordinate(1, 1, 0);
    private static final FakeRanks.Script HARMLESS = (rank, phase) -> {};

    private final Fakes.Recorder recorder = new Fakes.Recorder();
    private final Fakes.PaperFolder folder = new Fakes.PaperFolder();
    private final AtomicInteger numResourcesClosed = new AtomicInteger();

    private LocalRun start(FakeRanks ranks, RunJob job, int numSteps) {
        var setting = Fakes.setting(TOPOLOGY, job, numSteps);
        Runnable resources = () -> numResourcesClosed.addAndGet(ranks.numOpen.get() == 0 ? 1 : 100);
        var parts = new RunParts(setting, ranks, ranks.abort, folder, List.of(recorder), resources);
        return LocalRun.start(parts, ConfigFactory.empty());
    }

    private static RunOutcome await(LocalRun run) throws Exception {
        return run.outcome().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private RunOutcome run(FakeRanks.Script script) throws Exception {
        return await(start(new FakeRanks(TOPOLOGY, script), new RunJob.Train(), 3));
    }

    @Test
    void shouldTellEveryStepEvaluationAndSampleInOrderAndEveryCheckpoint() throws Exception {
        RunOutcome outcome = run(HARMLESS);

        assertThat(outcome).isEqualTo(new RunOutcome.Completed(3));
        // Checkpoints become durable beside the steps that follow them.
        assertThat(recorder.events.stream()
                        .filter(event -> !(event instanceof RunEvent.CheckpointCommitted))
                        .map(event -> event.getClass().getSimpleName()))
                .containsExactly(
                        "StepCompleted",
                        "StepCompleted",
                        "Evaluated",
                        "StepCompleted",
                        "Evaluated",
                        "SampleGenerated",
                        "RunCompleted");
        assertThat(recorder.of(RunEvent.CheckpointCommitted.class))
                .extracting(RunEvent.CheckpointCommitted::iteration)
                .containsExactly(2L, 3L);
    }

    @Test
    void shouldGiveEachRankOneThreadOfItsOwn() throws Exception {
        var ranks = new FakeRanks(TOPOLOGY, HARMLESS);

        await(start(ranks, new RunJob.Train(), 3));

        assertThat(ranks.threads.values()).hasSize(8).doesNotHaveDuplicates();
    }

    @Test
    void shouldCloseEveryRankBeforeWhatItBorrows() throws Exception {
        run(HARMLESS);

        assertThat(numResourcesClosed).hasValue(1);
    }

    @Test
    void shouldLeaveNoThreadBehind() throws Exception {
        run(HARMLESS);

        // A dispatcher lets its thread go a second after its last actor ended.
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("stagecraft-")) {
                assertThat(thread.join(Duration.ofSeconds(30)))
                        .as("%s ended", thread.getName())
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                Phase.TrainStep.class,
                Phase.ApplyUpdate.class,
                Phase.Evaluate.class,
                Phase.Save.class,
                Phase.Generate.class
            })
    void shouldEndWithTheFailingRanksCauseWhileOthersWaitInACollective(Class<? extends Phase> kind) throws Exception {
        RunOutcome outcome = run(FakeRanks.failingAt(VICTIM, kind));

        assertThat(outcome).isInstanceOfSatisfying(RunOutcome.Failed.class, failed -> {
            assertThat(failed.where()).startsWith(VICTIM + ", ").endsWith("microbatch 1");
            assertThat(failed.cause()).contains("planted in " + VICTIM);
            assertThat(failed.followers()).allMatch(follower -> !follower.startsWith(VICTIM.toString()));
        });
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(numResourcesClosed).hasValue(1);
    }

    @Test
    void shouldNameTheStepOfTheFailure() throws Exception {
        run((rank, phase) -> {
            if (rank.equals(VICTIM) && phase instanceof Phase.TrainStep(long step, long _) && step == 2) {
                throw FakeRanks.failure(rank, phase);
            }
        });

        assertThat(recorder.of(RunEvent.RunFailed.class)).singleElement().satisfies(failed -> {
            assertThat(failed.iteration()).isEqualTo(1);
            assertThat(failed.where()).isEqualTo(VICTIM + ", step 2, forward and backward, microbatch 1");
        });
    }

    @Test
    void shouldNameThePeerThatWaitedInTheCollectiveAsFollower() throws Exception {
        RunOutcome outcome = run(FakeRanks.failingAt(VICTIM, Phase.TrainStep.class));

        var peer = new RankCoordinate(0, 1, 0);
        assertThat(((RunOutcome.Failed) outcome).followers()).anyMatch(who -> who.startsWith(peer.toString()));
    }

    @Test
    void shouldEndWithinSecondsOfAFailure() throws Exception {
        var failedAt = new CompletableFuture<Instant>();
        run((rank, phase) -> {
            if (rank.equals(VICTIM) && phase instanceof Phase.TrainStep) {
                failedAt.complete(Instant.now());
                throw FakeRanks.failure(rank, phase);
            }
        });

        // Without the abort the peers would wait for ever, and the two deadlines of the end are 10 s each.
        assertThat(Duration.between(failedAt.get(), Instant.now())).isLessThan(Duration.ofSeconds(9));
    }

    @Test
    void shouldEndWithTheCauseWhenARankCannotOpen() throws Exception {
        RunOutcome outcome = run((rank, phase) -> {
            if (rank.equals(VICTIM)) {
                throw new IllegalStateException("no memory for " + rank);
            }
        });

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        RunOutcome.Failed.class,
                        failed -> assertThat(failed.where()).isEqualTo(VICTIM + ", opening"));
    }

    @Test
    void shouldGoOnWhenARankCannotWriteItsShard() throws Exception {
        RunOutcome outcome = run((rank, phase) -> {
            if (rank.equals(VICTIM) && phase instanceof Phase.Save(long step, Path _) && step == 2) {
                throw new UncheckedIOException(new IOException("No space left on device"));
            }
        });

        assertThat(outcome).isEqualTo(new RunOutcome.Completed(3));
        assertThat(recorder.of(RunEvent.CheckpointFailed.class))
                .singleElement()
                .satisfies(failed -> assertThat(failed.reason()).contains("No space left on device"));
        assertThat(folder.calls).containsExactly("prepare 2", "discard 2", "prepare 3", "commit 3");
    }

    @Test
    void shouldFailWhenTheLastCheckpointCannotBeWritten() throws Exception {
        RunOutcome outcome = run((rank, phase) -> {
            if (rank.equals(VICTIM) && phase instanceof Phase.Save(long step, Path _) && step == 3) {
                throw new UncheckedIOException(new IOException("No space left on device"));
            }
        });

        assertThat(outcome).isInstanceOfSatisfying(RunOutcome.Failed.class, failed -> {
            assertThat(failed.where()).isEqualTo("checkpoint at iteration 3");
            assertThat(failed.cause()).contains("No space left on device");
        });
        assertThat(recorder.of(RunEvent.SampleGenerated.class)).hasSize(1);
    }

    @Test
    void shouldEndWithTheAbortsReasonWhenNoRankIsAtFault() throws Exception {
        var ranks = new FakeRanks(TOPOLOGY, HARMLESS);
        ranks.abort.abort("the media driver died");

        RunOutcome outcome = await(start(ranks, new RunJob.Train(), 3));

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        RunOutcome.Failed.class,
                        failed -> assertThat(failed.cause()).contains("the media driver died"));
    }

    @Test
    void shouldEndWhenTheTransportBreaksWhileRanksWaitForArrivals() throws Exception {
        var isTraining = new CountDownLatch(1);
        var ranks = new FakeRanks(TOPOLOGY, (rank, phase) -> {
            if (phase instanceof Phase.TrainStep) {
                isTraining.countDown();
            }
        });
        ranks.loseArrivals = true;
        LocalRun run = start(ranks, new RunJob.Train(), 3);
        isTraining.await();

        ranks.broken.complete("the media driver died");

        assertThat(await(run)).isInstanceOfSatisfying(RunOutcome.Failed.class, failed -> {
            assertThat(failed.cause()).isEqualTo("the media driver died");
            assertThat(failed.followers()).hasSizeGreaterThan(0);
        });
    }

    @Test
    void shouldStopWithTheSignalsExitCodeWhileRanksWait() throws Exception {
        var isTraining = new CountDownLatch(1);
        var ranks = new FakeRanks(TOPOLOGY, (rank, phase) -> {
            if (phase instanceof Phase.TrainStep) {
                isTraining.countDown();
            }
        });
        LocalRun run = start(ranks, new RunJob.Train(), 1_000_000);
        isTraining.await();

        run.interrupt(15);

        assertThat(await(run).exitCode()).isEqualTo(143);
        assertThat(numResourcesClosed).hasValue(1);
    }

    @Test
    void shouldEvaluateACheckpointWithoutTraining() throws Exception {
        var job = new RunJob.Evaluate(Path.of("checkpoint"));

        await(start(new FakeRanks(TOPOLOGY, HARMLESS), job, 3));

        // Two replicas of 30 nats over 10 tokens each.
        assertThat(recorder.of(RunEvent.Evaluated.class))
                .singleElement()
                .satisfies(evaluated -> assertThat(evaluated.lmLoss()).isEqualTo(3.0));
        assertThat(recorder.of(RunEvent.StepCompleted.class)).isEmpty();
    }

    @Test
    void shouldSampleFromACheckpoint() throws Exception {
        var job = new RunJob.Generate(Path.of("checkpoint"));

        await(start(new FakeRanks(TOPOLOGY, HARMLESS), job, 3));

        assertThat(recorder.of(RunEvent.SampleGenerated.class))
                .singleElement()
                .satisfies(sample -> assertThat(sample.text()).isEqualTo("[1, 1, 1]"));
    }
}
