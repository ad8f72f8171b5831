package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Samples with ends of documents inside, through the layers of every stage.
class DocumentsTest {
    private static final int END = 5;
    private static final DocumentRules ALL = new DocumentRules(END, true, true, true);

    /// Oracle: each document alone. Sums of at most 16 products of numbers below 10 in another order: 1e-12.
    @Test
    void shouldSeeInADocumentWhatItIsAlone() {
        PhaseResult.Evaluated first = evaluate(ALL, 3, 1, 2, 3, END);
        PhaseResult.Evaluated second = evaluate(ALL, 4, 7, 8, 9, 10, 11);
        PhaseResult.Evaluated both = evaluate(ALL, 8, 1, 2, 3, END, 7, 8, 9, 10, 11);

        assertThat(both.numTokens()).isEqualTo(7);
        assertThat(both.lossSum()).isCloseTo(first.lossSum() + second.lossSum(), within(1e-12));
        assertThat(both.meanOfMeans()).isEqualTo(both.lossSum() / 7);
    }

    @ParameterizedTest
    @CsvSource({"false, true, true", "true, false, true", "true, true, false"})
    void shouldSeeSomethingElseWithARuleLess(boolean positions, boolean attention, boolean loss) {
        double all = evaluate(ALL, 8, 1, 2, 3, END, 7, 8, 9, 10, 11).lossSum();
        double less = evaluate(new DocumentRules(END, positions, attention, loss), 8, 1, 2, 3, END, 7, 8, 9, 10, 11)
                .lossSum();

        assertThat(less).isNotCloseTo(all, within(1e-3));
    }

    /// Oracle: one rank. In double; sums in another order.
    @ParameterizedTest
    @CsvSource({"2, 1, 1", "1, 3, 1", "2, 2, 1", "1, 1, 2", "2, 2, 2"})
    void shouldTrainTheSameAtEveryLayout(int tensor, int pipeline, int data) {
        List<TestRun.Outcome> one = train(1, 1, 1);
        List<TestRun.Outcome> other = train(tensor, pipeline, data);

        for (int step = 0; step < one.size(); step++) {
            assertThat(other.get(step).loss()).isCloseTo(one.get(step).loss(), Percentage.withPercentage(1e-9));
            assertThat(other.get(step).gradientNorm())
                    .isCloseTo(one.get(step).gradientNorm(), Percentage.withPercentage(1e-7));
        }
    }

    @Test
    void shouldGiveNoLossAndNoGradientsWhereNothingCounts() {
        try (var run = new TestRun(
                spec(1, 1, 1).withDocuments(ALL),
                () -> new ScalarBackend(DType.FLOAT64),
                (_, into, offset) -> Arrays.fill(into, offset, offset + 9, END))) {
            List<PhaseResult> results = run.phase(new Phase.TrainStep(1, 0));

            assertThat(run.gradients(results, 0, 0, 0).microbatchLosses()).containsOnly(0.0);
            assertThat(run.squaredNorm(results)).isZero();
        }
    }

    @Test
    void shouldRefuseAnEndOfDocumentThatNoTokenCanBe() {
        assertThatThrownBy(() -> spec(1, 1, 1).withDocuments(new DocumentRules(32, true, false, false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("padded vocabulary of 32");
    }

    private static List<TestRun.Outcome> train(int tensor, int pipeline, int data) {
        try (var run = new TestRun(
                spec(tensor, pipeline, data).withDocuments(ALL),
                () -> new ScalarBackend(DType.FLOAT64),
                TinyModel.counting())) {
            return run.train(3, 0.01);
        }
    }

    private static RankSpec spec(int tensor, int pipeline, int data) {
        return TinyModel.spec(
                TinyModel.config(3), new ParallelTopology(tensor, pipeline, data), new OneForwardOneBackwardSchedule());
    }

    /// The loss of one sample on the same initial weights, whatever its length.
    private static PhaseResult.Evaluated evaluate(DocumentRules rules, int sequenceLength, int... sample) {
        var spec = new RankSpec(
                        TinyModel.config(3),
                        new ParallelTopology(1, 1, 1),
                        new RankCoordinate(0, 0, 0),
                        new OneForwardOneBackwardSchedule(),
                        1,
                        1,
                        sequenceLength,
                        1234,
                        AdamConfig.defaults())
                .withDocuments(rules);
        try (var run = new TestRun(
                spec,
                () -> new ScalarBackend(DType.FLOAT64),
                (_, into, offset) -> System.arraycopy(sample, 0, into, offset, sample.length))) {
            return (PhaseResult.Evaluated)
                    run.phase(new Phase.Evaluate(0, 0, 1)).getFirst();
        }
    }
}
