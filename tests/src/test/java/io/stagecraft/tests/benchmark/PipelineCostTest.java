package io.stagecraft.tests.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PipelineCostTest {
    @Test
    void shouldPredictHalfTheWorkAndTheBubble() {
        // Stages work 70 and 90 ms; with 8 microbatches the bubble of two stages is 1 / 8 (Narayanan et al.,
        // arXiv:2104.04473, section 2.2), so that (160 / 2) x 1.125 = 90 ms.
        var breakdown = new StepBreakdown(
                99,
                1,
                List.of(
                        new StepBreakdown.RankShare(0, "0.0.0", Map.of(Activity.GEMM, 70.0, Activity.ACTORS, 29.0), 0),
                        new StepBreakdown.RankShare(1, "0.1.0", Map.of(Activity.GEMM, 90.0, Activity.ACTORS, 9.0), 0)));

        PipelineCost cost = PipelineCost.of(breakdown, Layout.parse("1x2x1/8"));

        // rounding of a few doubles below 100
        assertThat(cost.predictedMillis()).isCloseTo(90, within(1e-9));
        assertThat(cost.ratio()).isCloseTo(1.1, within(1e-9));
        assertThat(cost.balance()).isCloseTo(1.125, within(1e-9));
    }
}
