package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.Recomputation;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SteadyStateTest {
    private static final int STEPS = 5;
    /// The compiler may be late on a busy machine: what is asked is that the run gets there.
    private static final int MOST_ROUNDS = 100;

    private static final int LAYERS = 4;
    private static final int STAGES = 2;
    private static final int MICROBATCHES = 4;
    private static final int SEQUENCES = 2;
    private static final int POSITIONS = 96;
    private static final int HIDDEN = 128;
    private static final int VOCABULARY = 64;

    private static final GptConfig MODEL = new GptConfig(
            LAYERS,
            HIDDEN,
            4,
            POSITIONS,
            VOCABULARY,
            VOCABULARY,
            4 * HIDDEN,
            1e-5,
            Gelu.TANH,
            GptConfig.OutputEmbedding.TIED,
            0.1,
            0.1,
            0.02);

    /// Views, passes and records of one layer and microbatch, forward, once more and backward; the
    /// embedding or the head counts as one more layer. Attention describes three matrices of 40 bytes to each of
    /// its 96 to 128 products.
    private static final long BYTES_A_LAYER = 28 * 1024;
    /// Answers, squared norms, messages of the test's own coordinator.
    private static final long BYTES_A_STEP = 32 * 1024;

    private static final long BOUND = BYTES_A_STEP + MICROBATCHES * (LAYERS / STAGES + 1) * BYTES_A_LAYER;

    /// One array of the size of an activation, made in one place of one layer.
    private static final long ONE_ARRAY_A_MICROBATCH =
            (long) MICROBATCHES * SEQUENCES * POSITIONS * HIDDEN * Float.BYTES;

    static List<Recomputation> recomputations() {
        return List.of(new Recomputation.None(), new Recomputation.Selective(), new Recomputation.Uniform(1));
    }

    @ParameterizedTest
    @MethodSource("recomputations")
    void shouldAllocateOnlySmallObjectsInAStep(Recomputation recomputation) {
        check(2, 1, recomputation);
    }

    @ParameterizedTest
    @CsvSource("1, 2")
    void shouldAllocateOnlySmallObjectsInAStepOfReplicas(int tensor, int data) {
        check(tensor, data, new Recomputation.None());
    }

    private static void check(int tensor, int data, Recomputation recomputation) {
        assertThat(BOUND).as("what would hide an array").isLessThan(ONE_ARRAY_A_MICROBATCH);
        var documents = new DocumentRules(VOCABULARY / 2, true, true, true);
        var spec = new RankSpec(
                        MODEL,
                        new ParallelTopology(tensor, STAGES, data),
                        new RankCoordinate(0, 0, 0),
                        new OneForwardOneBackwardSchedule(),
                        SEQUENCES,
                        MICROBATCHES,
                        POSITIONS,
                        1234,
                        AdamConfig.defaults())
                .withDocuments(documents)
                .withRecomputation(recomputation);
        var bundled = new CpuRuntimeConfig(new BlasLibrary.Fastest(Path.of("target", "native-cache")));
        try (var cpu = CpuRuntime.open(bundled);
                var run = new TestRun(spec, cpu::newBackend, SteadyStateTest::count)) {
            long bytesAStep = Long.MAX_VALUE;
            for (int round = 0; round < MOST_ROUNDS && bytesAStep >= BOUND; round++) {
                List<Long> before = run.allocatedBytes();
                run.train(STEPS, 0.001);
                List<Long> after = run.allocatedBytes();
                bytesAStep = 0;
                for (int rank = 0; rank < before.size(); rank++) {
                    bytesAStep = Math.max(bytesAStep, (after.get(rank) - before.get(rank)) / STEPS);
                }
            }
            assertThat(bytesAStep).as("bytes a step on the busiest rank").isLessThan(BOUND);
        }
    }

    private static void count(long sample, int[] into, int offset) {
        for (int position = 0; position <= POSITIONS; position++) {
            into[offset + position] = (int) ((sample + position) % VOCABULARY);
        }
    }
}
