package io.stagecraft.tests.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.tests.benchmark.RankProbe.RankStep;
import io.stagecraft.tests.benchmark.RankProbe.Span;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class StepBreakdownTest {
    private static final long MILLI = 1_000_000;
    private static final RankCoordinate EARLY = new RankCoordinate(0, 0, 0);
    private static final RankCoordinate LATE = new RankCoordinate(0, 1, 0);

    /// A step of 20 ms: the first rank computes from 1 to 8 and from 11 to 13, the second from 2 to 10 and from
    /// 11 to 12; all of it is GEMM.
    private static final RankStep OF_EARLY = step(1, new Span(MILLI, 8 * MILLI), new Span(11 * MILLI, 13 * MILLI));

    private static final RankStep OF_LATE = step(1, new Span(2 * MILLI, 10 * MILLI), new Span(11 * MILLI, 12 * MILLI));

    @Test
    void shouldAddUpToTheStepOnEveryRank() {
        StepBreakdown breakdown = breakdown();

        for (StepBreakdown.RankShare rank : breakdown.ranks()) {
            double sum = rank.millis().values().stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
            assertThat(sum).as(rank.rank()).isCloseTo(20, within(1e-9)); // sums of a few doubles near 20
        }
    }

    @Test
    void shouldGiveTheActorsWhatIsInNoRanksPhase() {
        // Phases last from 1 to 10 and from 11 to 13.
        assertThat(breakdown().ranks())
                .allSatisfy(
                        rank -> assertThat(rank.millis().get(Activity.ACTORS)).isCloseTo(9, within(1e-9)));
    }

    @Test
    void shouldCountAsWaitingWhatOtherRanksTakeLonger() {
        assertThat(breakdown().ranks())
                .extracting(rank -> Math.round(rank.millis().get(Activity.WAIT_PHASE)))
                .containsExactly(2L, 2L);
    }

    @Test
    void shouldRateTheProductsByTheTimeTheyTook() {
        // 1e6 FLOP in 9 ms.
        assertThat(breakdown().ranks().getFirst().gemmFlopsPerSecond()).isCloseTo(1e9 / 9, within(1.0));
    }

    @Test
    void shouldLeaveOutTheStepsThatAreFarFromTheMedian() {
        Map<Long, Double> stepMillis = Map.of(1L, 20.0, 2L, 22.0, 3L, 500.0, 4L, 1.0);
        List<RankStep> all = List.of(again(1), again(2), again(3), again(4));
        StepBreakdown breakdown = StepBreakdown.of(stepMillis, Map.of(EARLY, all));

        assertThat(breakdown.stepMillis()).isEqualTo(21);
    }

    @Test
    void shouldRefuseAStepThatARankHasNotSeen() {
        assertThatThrownBy(() -> StepBreakdown.of(Map.of(7L, 1.0), Map.of(EARLY, List.of(OF_EARLY))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("step 7");
    }

    private static StepBreakdown breakdown() {
        return StepBreakdown.of(Map.of(1L, 20.0), Map.of(EARLY, List.of(OF_EARLY), LATE, List.of(OF_LATE)));
    }

    private static RankStep again(long number) {
        return step(number, OF_EARLY.gradients(), OF_EARLY.update());
    }

    private static RankStep step(long number, Span gradients, Span update) {
        var nanos = new long[Activity.values().length];
        nanos[Activity.GEMM.ordinal()] = gradients.end() - gradients.begin() + update.end() - update.begin();
        return new RankStep(number, gradients, update, nanos, 1e6);
    }
}
