package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.GPipeSchedule;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.schedule.PipelineSchedule;
import io.stagecraft.stages.testing.LateWeightsSchedule;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The same seed gives the same losses at every layout. Oracle: one rank.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LayoutEquivalenceTest {
    private static final int STEPS = 6;
    private static final double RATE = 0.01;
    private static final PipelineSchedule DEFAULT = new OneForwardOneBackwardSchedule();
    private final List<TestRun.Outcome> oneRank = new ArrayList<>();

    @BeforeAll
    void trainOnOneRank() {
        oneRank.addAll(outcomes(4, 1, 1, 1, DEFAULT, DType.FLOAT32));
    }

    @Test
    void shouldLearn() {
        assertThat(oneRank.getLast().loss()).isLessThan(oneRank.getFirst().loss() - 0.1);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 1", "1, 4, 1", "1, 3, 1"})
    void shouldAgreeBitwiseInPipelineOnlyLayouts(int tensor, int pipeline, int data) {
        assertThat(outcomes(4, tensor, pipeline, data, DEFAULT, DType.FLOAT32)).isEqualTo(oneRank);
    }

    @Test
    void shouldRepeatBitwise() {
        assertThat(outcomes(4, 2, 2, 1, DEFAULT, DType.FLOAT32))
                .isEqualTo(outcomes(4, 2, 2, 1, DEFAULT, DType.FLOAT32));
    }

    @Test
    void shouldGiveTheSameBitsUnderEverySchedule() {
        assertThat(outcomes(4, 1, 2, 1, new GPipeSchedule(), DType.FLOAT32)).isEqualTo(oneRank);
    }

    @Test
    void shouldGiveTheSameBitsWhenWeightGradientsComeLater() {
        assertThat(outcomes(4, 1, 2, 1, new LateWeightsSchedule(), DType.FLOAT32))
                .isEqualTo(oneRank);
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 1", "4, 1, 1", "2, 2, 1", "1, 1, 2", "2, 2, 2", "1, 2, 4"})
    void shouldAgreeUpToTheRoundingOfDoubleSums(int tensor, int pipeline, int data) {
        List<TestRun.Outcome> expected = outcomes(4, 1, 1, 1, DEFAULT, DType.FLOAT64);
        List<TestRun.Outcome> actual = outcomes(4, tensor, pipeline, data, DEFAULT, DType.FLOAT64);
        Percentage tolerance = Percentage.withPercentage(1e-6);
        for (int i = 0; i < STEPS; i++) {
            // sums differ in their last bits only, 1e-16 each; Adam's first steps divide a gradient by its own
            // size, which can make a rounding of 1e-16 of a small one 1e-10 of the update
            assertThat(actual.get(i).loss())
                    .as("loss of step %d", i + 1)
                    .isCloseTo(expected.get(i).loss(), tolerance);
            assertThat(actual.get(i).gradientNorm())
                    .as("gradient norm of step %d", i + 1)
                    .isCloseTo(expected.get(i).gradientNorm(), tolerance);
        }
    }

    @Test
    void shouldAgreeWhenLayersDoNotDivide() {
        assertThat(outcomes(3, 1, 2, 1, DEFAULT, DType.FLOAT32))
                .isEqualTo(outcomes(3, 1, 1, 1, DEFAULT, DType.FLOAT32));
    }

    @Test
    void shouldAgreeBitwiseWhenTheHeadHasAMatrixOfItsOwn() {
        GptConfig untied = TinyModel.config(4, GptConfig.OutputEmbedding.UNTIED);
        List<TestRun.Outcome> expected = outcomes(untied, new ParallelTopology(1, 1, 1), DEFAULT, DType.FLOAT32);
        assertThat(outcomes(untied, new ParallelTopology(1, 2, 1), DEFAULT, DType.FLOAT32))
                .isEqualTo(expected)
                .isNotEqualTo(oneRank);
    }

    private static List<TestRun.Outcome> outcomes(
            int layers, int tensor, int pipeline, int data, PipelineSchedule schedule, DType dtype) {
        return outcomes(TinyModel.config(layers), new ParallelTopology(tensor, pipeline, data), schedule, dtype);
    }

    private static List<TestRun.Outcome> outcomes(
            GptConfig model, ParallelTopology topology, PipelineSchedule schedule, DType dtype) {
        RankSpec spec = TinyModel.spec(model, topology, schedule);
        try (var run = new TestRun(spec, () -> new ScalarBackend(dtype), TinyModel.counting())) {
            return run.train(STEPS, RATE);
        }
    }
}
