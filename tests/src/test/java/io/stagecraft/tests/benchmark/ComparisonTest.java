package io.stagecraft.tests.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ComparisonTest {
    @Test
    void shouldTakeTheMiddleOfAnOddNumberAndTheMeanOfTheMiddlesOfAnEvenNumber() {
        assertThat(Spread.of(List.of(3.0, 1.0, 8.0))).isEqualTo(new Spread(3.0, 1.0, 8.0));
        assertThat(Spread.of(List.of(3.0, 1.0, 8.0, 4.0))).isEqualTo(new Spread(3.5, 1.0, 8.0));
    }

    @Test
    void shouldCountTokensOfTheMedianStep() {
        // 768 tokens in 2 ms; the step of 100 ms is an outlier that the median drops.
        assertThat(run(2.0, 2.0, 100.0).tokensPerSecond()).isEqualTo(384_000.0);
    }

    @Test
    void shouldCompareEachRunWithThePeersBeforeAndAfterIt() {
        // The peer gets slower by a factor of 4 and of 1; the geometric means are 2 ms and 4 ms.
        List<Measurement> peer = List.of(run(1.0), run(4.0), run(4.0));
        List<Measurement> ours = List.of(run(1.0), run(1.0));
        List<Comparison.Turn> turns = Comparison.Turn.between(peer, ours);
        Comparison comparison = new Comparison(Workload.M, Layout.parse("2x1x1"), Blas.MKL, turns);

        assertThat(comparison.ratios()).isEqualTo(new Spread(3.0, 2.0, 4.0));
    }

    @Test
    void shouldRefuseARunWithoutAPeerAfterIt() {
        List<Measurement> one = List.of(run(1.0));

        assertThatThrownBy(() -> Comparison.Turn.between(one, one))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("before and after");
    }

    @Test
    void shouldRefuseARunThatTrainedSomethingElse() {
        var fewerTokens = new Measurement(List.of(1.0), 64, Math.log(65), Math.log(65), 1);
        var otherVocabulary = new Measurement(List.of(1.0), 768, Math.log(50304), Math.log(65), 1);
        var diverged = new Measurement(List.of(1.0), 768, Math.log(65), Double.NaN, 1);

        for (Measurement measurement : List.of(fewerTokens, otherVocabulary, diverged)) {
            assertThatThrownBy(() -> measurement.checkedFor(Workload.M))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("M has 768 tokens a step");
        }
    }

    private static Measurement run(Double... stepMillis) {
        return new Measurement(List.of(stepMillis), 768, Math.log(65), Math.log(65), 1).checkedFor(Workload.M);
    }
}
