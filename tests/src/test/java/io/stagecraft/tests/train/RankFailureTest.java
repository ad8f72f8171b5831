package io.stagecraft.tests.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.train.CheckpointFolder;
import io.stagecraft.actors.train.LocalRun;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.actors.train.RunOutcome;
import io.stagecraft.actors.train.RunParts;
import io.stagecraft.actors.train.RunSetting;
import io.stagecraft.actors.train.SampleText;
import io.stagecraft.actors.train.SavedState;
import io.stagecraft.actors.train.TrainingPlan;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.model.optimizer.LearningRateSchedule;
import io.stagecraft.stages.generation.GeneratedText;
import io.stagecraft.stages.generation.GenerationMethod;
import io.stagecraft.stages.generation.GenerationRequest;
import io.stagecraft.stages.generation.StopRule;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.TokenChoice;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AeronTransport;
import io.stagecraft.transport.AeronTransportConfig;
import io.stagecraft.transport.LoopbackTransport;
import io.stagecraft.transport.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real rank fails in the forward pass of one microbatch; its peer waits for it in a collective, the
/// stages around it for an activation or a gradient, its replica for its sum of gradients.
class RankFailureTest {
    private static final int NUM_STEPS = 5;
    private static final ParallelTopology TOPOLOGY = new ParallelTopology(2, 2, 1);
    /// Step 2 has samples 4 to 7: this is microbatch 2 of it.
    private static final long UNREADABLE = 6;

    @TempDir
    private Path folder;

    private record Nothing() implements CheckpointFolder, SampleText {
        @Override
        public Path prepare(long step) {
            throw new IllegalStateException("no checkpoint before the failure");
        }

        @Override
        public Durable commit(SavedState state) {
            throw new IllegalStateException("no checkpoint before the failure");
        }

        @Override
        public void discard(long step) {}

        @Override
        public GenerationRequest request() {
            var greedy = new GenerationMethod.Sampling(SamplingSettings.greedy(), TopPDecay.none());
            return new GenerationRequest(
                    List.of(List.of(0)), 0, 1, 0, greedy, StopRule.never(), TokenChoice.Report.TOKENS);
        }

        @Override
        public RunEvent.SampleGenerated generated(long iteration, GeneratedText text) {
            throw new IllegalStateException("no sample before the failure");
        }
    }

    private static RunOutcome run(Transport transport, RankCoordinate victim) throws Exception {
        return run(transport, TOPOLOGY, victim);
    }

    private static RunOutcome run(Transport transport, ParallelTopology topology, RankCoordinate victim)
            throws Exception {
        var ranks = new RealRanks(transport, topology, victim, UNREADABLE);
        var plan = new TrainingPlan(
                new TrainConfig(NUM_STEPS, 1, RealRanks.NUM_MICROBATCHES, 1, NUM_STEPS, RealRanks.NUM_MICROBATCHES),
                0,
                new LearningRateSchedule(1e-3, 0, 0, 100, LearningRateSchedule.Decay.CONSTANT),
                new GradientClipping(1),
                new TrainingPlan.StepCost(1, 1),
                1);
        var nothing = new Nothing();
        var setting = new RunSetting(plan, topology, new RunJob.Train(), nothing);
        var parts = new RunParts(setting, ranks, ranks.abort, nothing, List.of(), transport::close);
        return LocalRun.start(parts, ConfigFactory.empty())
                .outcome()
                .toCompletableFuture()
                .get(90, TimeUnit.SECONDS);
    }

    private Transport aeron() {
        var config = new AeronTransportConfig(
                new AeronTransportConfig.Channel.Ipc(), folder, 64 * 1024, 1000, 1, Duration.ofSeconds(30));
        return AeronTransport.start(config, 4, failure -> {
            throw new IllegalStateException(failure);
        });
    }

    @Test
    void shouldNameTheRankStepAndMicrobatchOverAeron() throws Exception {
        var victim = new RankCoordinate(1, 0, 0);

        RunOutcome outcome = run(aeron(), victim);

        assertThat(outcome).isInstanceOfSatisfying(RunOutcome.Failed.class, failed -> {
            assertThat(failed.iteration()).isEqualTo(1);
            assertThat(failed.where()).startsWith(victim + ", step 2").contains("forward", "microbatch 2");
            assertThat(failed.cause()).contains("sample 6 is damaged");
        });
    }

    @Test
    void shouldNameALastStageThatFailsWhileTheFirstWaitsForItsGradient() throws Exception {
        var victim = new RankCoordinate(0, 1, 0);

        RunOutcome outcome = run(new LoopbackTransport(), victim);

        assertThat(outcome).isInstanceOfSatisfying(RunOutcome.Failed.class, failed -> {
            assertThat(failed.where()).startsWith(victim + ", step 2").contains("microbatch 2");
            assertThat(failed.followers()).hasSize(3);
        });
    }

    @Test
    void shouldEndAReplicaThatWaitsForTheSumOfGradients() throws Exception {
        var victim = new RankCoordinate(0, 0, 0);

        RunOutcome outcome = run(new LoopbackTransport(), new ParallelTopology(1, 1, 2), victim);

        assertThat(outcome).isInstanceOfSatisfying(RunOutcome.Failed.class, failed -> {
            assertThat(failed.iteration()).isEqualTo(1);
            // samples 4 and 6 of step 2 are replica 0's
            assertThat(failed.where()).startsWith(victim + ", step 2").contains("forward", "microbatch 1");
            assertThat(failed.cause()).contains("sample 6 is damaged");
            assertThat(failed.followers()).hasSize(1);
        });
    }

    @Test
    void shouldEndWithinSeconds() throws Exception {
        Instant start = Instant.now();

        run(new LoopbackTransport(), new RankCoordinate(1, 0, 0));

        // Two steps of this model take milliseconds; a rank that is left in a wait would take the whole patience
        // of the end, 10 s.
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }
}
