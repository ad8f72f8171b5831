package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.GPipeSchedule;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.schedule.PipelineSchedule;
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
    private final List<Double> oneRank = new ArrayList<>();

    @BeforeAll
    void trainOnOneRank() {
        oneRank.addAll(losses(4, 1, 1, 1, DEFAULT, DType.FLOAT32));
    }

    @Test
    void shouldLearn() {
        assertThat(oneRank.getLast()).isLessThan(oneRank.getFirst() - 0.1);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 1", "1, 4, 1", "1, 3, 1"})
    void shouldAgreeBitwiseInPipelineOnlyLayouts(int tensor, int pipeline, int data) {
        assertThat(losses(4, tensor, pipeline, data, DEFAULT, DType.FLOAT32)).isEqualTo(oneRank);
    }

    @Test
    void shouldRepeatBitwise() {
        assertThat(losses(4, 2, 2, 1, DEFAULT, DType.FLOAT32)).isEqualTo(losses(4, 2, 2, 1, DEFAULT, DType.FLOAT32));
    }

    @Test
    void shouldGiveTheSameBitsUnderEverySchedule() {
        assertThat(losses(4, 1, 2, 1, new GPipeSchedule(), DType.FLOAT32)).isEqualTo(oneRank);
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 1", "4, 1, 1", "2, 2, 1", "1, 1, 2", "2, 2, 2", "1, 2, 4"})
    void shouldAgreeUpToTheRoundingOfDoubleSums(int tensor, int pipeline, int data) {
        List<Double> expected = losses(4, 1, 1, 1, DEFAULT, DType.FLOAT64);
        List<Double> actual = losses(4, tensor, pipeline, data, DEFAULT, DType.FLOAT64);
        for (int i = 0; i < STEPS; i++) {
            // sums differ in their last bits only, 1e-16 each; Adam's first steps divide a gradient by its own
            // size, which can make a rounding of 1e-16 of a small one 1e-10 of the update
            assertThat(actual.get(i)).as("step %d", i + 1).isCloseTo(expected.get(i), Percentage.withPercentage(1e-7));
        }
    }

    @Test
    void shouldAgreeWhenLayersDoNotDivide() {
        assertThat(losses(3, 1, 2, 1, DEFAULT, DType.FLOAT32)).isEqualTo(losses(3, 1, 1, 1, DEFAULT, DType.FLOAT32));
    }

    private static List<Double> losses(
            int layers, int tensor, int pipeline, int data, PipelineSchedule schedule, DType dtype) {
        GptConfig model = TinyModel.config(layers);
        var spec = TinyModel.spec(model, new ParallelTopology(tensor, pipeline, data), schedule);
        try (var run = new TestRun(spec, () -> new ScalarBackend(dtype), TinyModel.counting())) {
            return run.train(STEPS, RATE);
        }
    }
}
