package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.RankTiming;
import io.stagecraft.stages.topology.ParallelTopology;
import java.util.List;
import org.junit.jupiter.api.Test;

class StageResultsTest {
    private static PhaseResult gradients(List<Double> losses, Double... squaredNorms) {
        return new PhaseResult.Gradients(losses, List.of(squaredNorms), new RankTiming(1, 0, 0, 0));
    }

    @Test
    void shouldCountTheNormOfOneReplicaOnly() {
        // Stage 0 of replicas 0 and 1, stage 1 of both: 9 + 16 = 5², whatever the second replica says.
        var results = List.of(
                gradients(List.of(), 9.0),
                gradients(List.of(), 100.0),
                gradients(List.of(1.0), 16.0),
                gradients(List.of(1.0), 100.0));

        assertThat(StageResults.gradientNorm(results, new ParallelTopology(1, 2, 2)))
                .isEqualTo(5.0);
    }

    @Test
    void shouldAverageLossesOverAllReplicas() {
        var results = List.of(
                gradients(List.of()), gradients(List.of()), gradients(List.of(1.0, 2.0)), gradients(List.of(3.0, 6.0)));

        assertThat(StageResults.meanLoss(results)).isEqualTo(3.0);
    }

    @Test
    void shouldSayThatTheLastStageGaveNoLoss() {
        assertThatThrownBy(() -> StageResults.meanLoss(List.of(gradients(List.of()))))
                .hasMessageContaining("loss");
    }
}
