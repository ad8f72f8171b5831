package io.stagecraft.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TokenSamples;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The same seed gives the same loss curve at every tensor x pipeline x data layout: four microbatches a
/// step, dropout 0.1, twenty steps of Adam. Oracle: one rank.
///
/// Tolerances are the project's own: at step 1 only sums have another order (2e-6 of a float32 loss); by
/// step 20 Adam, which divides a gradient by its size, has amplified the roundings (1e-4).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LayoutParityTest {
    private static final int STEPS = 20;
    private static final int POSITIONS = 32;
    private static final int VOCABULARY = 61;
    private static final int GLOBAL_MICROBATCHES = 4;
    private static final double LEARNING_RATE = 3e-3;

    private static final GptConfig MODEL = new GptConfig(
            4, 64, 4, POSITIONS, VOCABULARY, 64, 256, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0.1, 0.1, 0.02);

    private final List<Double> oneRank = new ArrayList<>();
    private CpuRuntime cpu =
            CpuRuntime.open(new CpuRuntimeConfig(new BlasLibrary.Bundled(Path.of("target", "native-cache"))));

    @BeforeAll
    void trainOnOneRank() throws InterruptedException {
        oneRank.addAll(losses(1, 1, 1));
    }

    @AfterAll
    void closeCpu() {
        cpu.close();
    }

    @Test
    void shouldLearnAtLeastOneNatInTwentySteps() {
        assertThat(oneRank.getFirst() - oneRank.getLast()).isGreaterThan(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 1", "1, 4, 1"})
    void shouldAgreeBitwiseInPipelineOnlyLayouts(int tensor, int pipeline, int data) throws InterruptedException {
        assertThat(losses(tensor, pipeline, data)).isEqualTo(oneRank);
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 1", "4, 1, 1", "2, 2, 1", "1, 1, 2", "2, 2, 2"})
    void shouldAgreeUpToRoundingAtEveryLayout(int tensor, int pipeline, int data) throws InterruptedException {
        List<Double> losses = losses(tensor, pipeline, data);
        assertThat(losses.getFirst()).as("step 1").isCloseTo(oneRank.getFirst(), withinPercentage(2e-6 * 100));
        for (int step = 2; step <= STEPS; step++) {
            assertThat(losses.get(step - 1))
                    .as("step %d", step)
                    .isCloseTo(oneRank.get(step - 1), withinPercentage(1e-4 * 100));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 2, 1", "2, 2, 2"})
    void shouldRepeatItselfBitwise(int tensor, int pipeline, int data) throws InterruptedException {
        assertThat(losses(tensor, pipeline, data)).isEqualTo(losses(tensor, pipeline, data));
    }

    private List<Double> losses(int tensor, int pipeline, int data) throws InterruptedException {
        var spec = new RankSpec(
                MODEL,
                new ParallelTopology(tensor, pipeline, data),
                new RankCoordinate(0, 0, 0),
                new OneForwardOneBackwardSchedule(),
                4,
                GLOBAL_MICROBATCHES / data,
                POSITIONS,
                1234,
                AdamConfig.defaults());
        return new ParityRun(spec, cpu::newBackend, counting(), LEARNING_RATE).train(STEPS);
    }

    /// Sequences that count up by 1, 2 or 3: a model learns them in a few steps.
    private static TokenSamples counting() {
        return (index, into, offset) -> {
            long by = 1 + index % 3;
            for (int t = 0; t <= POSITIONS; t++) {
                into[offset + t] = (int) ((index * 7 + t * by) % VOCABULARY);
            }
        };
    }
}
