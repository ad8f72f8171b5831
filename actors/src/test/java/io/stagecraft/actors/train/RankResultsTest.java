package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.RankTiming;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankResultsTest {
    private static PhaseResult.Gradients gradients(List<Double> losses, Double... squaredNorms) {
        return new PhaseResult.Gradients(losses, List.of(squaredNorms), new RankTiming(1, 2, 3, 4));
    }

    @Test
    void shouldAddSquaredNormsOfEachParameterInAscendingRankOrder() {
        // 1e16 + 1 is 1e16 in double, so only (1e16 + 1) + -1e16 = 0 is the ascending order; others give 1.
        var combined = RankResults.combine(
                List.of(gradients(List.of(), 1e16), gradients(List.of(), 1.0), gradients(List.of(), -1e16)));

        assertThat(((PhaseResult.Gradients) combined).squaredNorms()).containsExactly(0.0);
    }

    @Test
    void shouldTakeLossesOfTensorRankZero() {
        var combined = RankResults.combine(List.of(gradients(List.of(2.0), 1.0), gradients(List.of(5.0), 1.0)));

        assertThat(((PhaseResult.Gradients) combined).microbatchLosses()).containsExactly(2.0);
    }

    @Test
    void shouldAddTimes() {
        var combined = RankResults.combine(List.of(gradients(List.of(), 1.0), gradients(List.of(), 1.0)));

        assertThat(((PhaseResult.Gradients) combined).timing()).isEqualTo(new RankTiming(2, 4, 6, 8));
    }

    @Test
    void shouldRefuseAnswersToDifferentPhases() {
        assertThatThrownBy(() -> RankResults.combine(List.of(new PhaseResult.Updated(1), new PhaseResult.Loaded())))
                .isInstanceOf(IllegalStateException.class);
    }
}
