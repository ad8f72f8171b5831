package io.stagecraft.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.SharedFixtures;
import io.stagecraft.model.optimizer.LearningRateSchedule.Decay;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
    private static LearningRateSchedule schedule(Decay decay) {
        return new LearningRateSchedule(1e-3, 1e-4, 100, 500, decay);
    }

    @Test
    void shouldMakeTheFirstUpdateUnderWarmupWithRateZero() {
        assertThat(schedule(Decay.COSINE).at(0)).isZero();
    }

    @Test
    void shouldWarmUpInAStraightLine() {
        assertThat(schedule(Decay.COSINE).at(25)).isEqualTo(2.5e-4);
    }

    @Test
    void shouldReachTheMaximumAtTheEndOfWarmup() {
        assertThat(schedule(Decay.LINEAR).at(100)).isEqualTo(1e-3);
    }

    @Test
    void shouldStartAtTheMaximumWithoutWarmup() {
        assertThat(new LearningRateSchedule(1e-3, 0, 0, 500, Decay.COSINE).at(0))
                .isEqualTo(1e-3);
    }

    /// By hand: a quarter of the way, 1e-4 + 9e-4 * 3/4. Two roundings.
    @Test
    void shouldDecayLinearly() {
        assertThat(schedule(Decay.LINEAR).at(200)).isCloseTo(7.75e-4, within(1e-18));
    }

    /// By hand: a third of the way, 1e-4 + 9e-4 * (1 + cos 60 degrees) / 2, of 100 + 400 / 3 samples;
    /// at 300 of 100 + 600: (300 - 100) / 600.
    @Test
    void shouldDecayAlongACosine() {
        var schedule = new LearningRateSchedule(1e-3, 1e-4, 100, 700, Decay.COSINE);
        assertThat(schedule.at(300)).isCloseTo(7.75e-4, within(1e-18));
    }

    @Test
    void shouldStayAtTheMinimumAfterTheDecay() {
        assertThat(schedule(Decay.COSINE).at(501)).isEqualTo(1e-4);
        assertThat(schedule(Decay.LINEAR).at(5_000)).isEqualTo(1e-4);
    }

    @Test
    void shouldStayAtTheMaximumWhenConstant() {
        assertThat(schedule(Decay.CONSTANT).at(5_000)).isEqualTo(1e-3);
    }

    /// By hand: at four times the warm-up half the maximum.
    @Test
    void shouldDecayAsTheInverseOfTheRoot() {
        assertThat(schedule(Decay.INVERSE_SQUARE_ROOT).at(400)).isEqualTo(5e-4);
    }

    @Test
    void shouldNotDecayAsTheInverseOfTheRootBelowTheMinimum() {
        var schedule = new LearningRateSchedule(1e-3, 6e-4, 100, 500, Decay.INVERSE_SQUARE_ROOT);
        assertThat(schedule.at(400)).isEqualTo(6e-4);
        assertThat(schedule.at(501)).isEqualTo(6e-4);
    }

    /// A share of the decay need be no whole number of samples.
    @Test
    void shouldWarmUpOverAFractionOfASample() {
        var schedule = new LearningRateSchedule(1e-3, 0, 2.5, 500, Decay.LINEAR);
        assertThat(schedule.at(2)).isEqualTo(1e-3 * 2 / 2.5);
    }

    @Test
    void shouldRefuseAWarmupAsLongAsTheDecay() {
        assertThatThrownBy(() -> new LearningRateSchedule(1e-3, 0, 500, 500, Decay.LINEAR))
                .hasMessageContaining("numWarmupSamples < numDecaySamples");
    }

    /// Oracle: a run of Megatron-LM 23.04: cosine from 1e-3 to 1e-4, warm-up 4 of 20 iterations of 8
    /// samples. It writes the rate that an update used and logs the next.
    @Test
    void shouldGiveTheRatesOfAMegatronRun() throws IOException {
        Path recorded = SharedFixtures.require("golden/gpt/losses.json");
        var schedule = new LearningRateSchedule(1e-3, 1e-4, 4 * 8, 20 * 8, Decay.COSINE);
        JsonNode iterations = new ObjectMapper().readTree(recorded.toFile()).at("/tp1_pp1/iterations");
        assertThat(iterations).hasSize(20);
        for (JsonNode iteration : iterations) {
            long before = (iteration.get("iteration").asLong() - 1) * 8;
            // Python's cosine may differ from StrictMath's in the last place: 2e-16 of 1e-3
            assertThat(schedule.at(before))
                    .isCloseTo(iteration.get("lr_used_for_this_update").asDouble(), within(1e-18));
            assertThat(schedule.at(before + 8))
                    .isCloseTo(iteration.get("lr_logged_by_megatron").asDouble(), within(1e-18));
        }
    }
}
