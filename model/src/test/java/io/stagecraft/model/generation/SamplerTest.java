package io.stagecraft.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
    /// Probabilities 0.1, 0.4, 0.3, 0.2 at temperature 1.
    private static final float[] LOGITS = {
        (float) Math.log(0.1), (float) Math.log(0.4), (float) Math.log(0.3), (float) Math.log(0.2)
    };

    private static final int NUM_DRAWS = 20_000;

    @Test
    void shouldTakeTheFirstOfTheMostLikelyIfGreedy() {
        var sampler = new Sampler(SamplingSettings.greedy());
        assertThat(sampler.next(new float[] {1, 5, 5, 2}, 0)).isEqualTo(1);
    }

    @Test
    void shouldDrawByProbability() {
        double[] shares = shares(new SamplingSettings(1, 0, 0, 3));
        // standard deviation of a share is at most sqrt(0.25 / 20000) = 0.0035; 5 of them
        assertShares(shares, 0.1, 0.4, 0.3, 0.2);
    }

    @Test
    void shouldSharpenWithALowTemperature() {
        // squares 0.01, 0.16, 0.09, 0.04 over their sum 0.3
        assertShares(shares(new SamplingSettings(0.5, 0, 0, 3)), 1 / 30.0, 16 / 30.0, 9 / 30.0, 4 / 30.0);
    }

    @Test
    void shouldDrawFromTheTopKOnly() {
        assertShares(shares(new SamplingSettings(1, 2, 0, 3)), 0, 4 / 7.0, 3 / 7.0, 0);
    }

    @Test
    void shouldKeepTiesWithTheLastOfTheTopK() {
        var sampler = new Sampler(new SamplingSettings(1, 2, 0, 3));
        float[] logits = {0, 1, 0, 0, -1};
        boolean[] seen = new boolean[5];
        for (int i = 0; i < 1000; i++) {
            seen[sampler.next(logits, i)] = true;
        }
        assertThat(seen).containsExactly(true, true, true, true, false);
    }

    @ParameterizedTest
    @CsvSource({
        // the token that takes the sum above p is kept too, and always the first
        "0.01, 0, 1, 0, 0",
        "0.5, 0, 0.571428571, 0.428571428, 0",
        "0.75, 0, 0.444444444, 0.333333333, 0.222222222",
        "1.0, 0.1, 0.4, 0.3, 0.2"
    })
    void shouldDrawFromTheNucleus(double topP, double p0, double p1, double p2, double p3) {
        assertShares(shares(new SamplingSettings(1, 0, topP, 3)), p0, p1, p2, p3);
    }

    /// The last two logits are padding of the vocabulary and the largest.
    @ParameterizedTest
    @CsvSource({"1, 0", "3, 0", "0, 0.5", "0, 0"})
    void shouldNotDrawPaddingAndDrawAsIfThereWereNone(int topK, double topP) {
        var sampler = new Sampler(new SamplingSettings(1, topK, topP, 3));
        float[] padded = {LOGITS[0], LOGITS[1], LOGITS[2], LOGITS[3], 7, 7};
        for (int i = 0; i < 1000; i++) {
            assertThat(sampler.next(padded, 4, i, 0)).isEqualTo(sampler.next(LOGITS, i));
        }
    }

    @Test
    void shouldBeAFunctionOfSeedAndPosition() {
        var settings = new SamplingSettings(1, 0, 0, 17);
        var forward = new Sampler(settings);
        var again = new Sampler(settings);
        int[] drawn = new int[100];
        for (int i = 0; i < 100; i++) {
            drawn[i] = forward.next(LOGITS, i);
        }
        for (int i = 99; i >= 0; i--) {
            assertThat(again.next(LOGITS, i)).isEqualTo(drawn[i]);
        }
    }

    @Test
    void shouldNotDrawFromLogitsThatAreNotNumbers() {
        var sampler = new Sampler(SamplingSettings.greedy());
        assertThatThrownBy(() -> sampler.next(new float[] {0, Float.NaN}, 9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("position 9")
                .hasMessageContaining("token 1 is NaN");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, temperature",
        "101, 0, 0, temperature",
        "1, 1001, 0, topK",
        "1, 0, 1.5, topP",
        "1, 2, 0.5, exclude"
    })
    void shouldRefuseSettingsOutsideTheirRange(double temperature, int topK, double topP, String named) {
        assertThatThrownBy(() -> new SamplingSettings(temperature, topK, topP, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }

    private static double[] shares(SamplingSettings settings) {
        var sampler = new Sampler(settings);
        double[] shares = new double[LOGITS.length];
        for (int i = 0; i < NUM_DRAWS; i++) {
            shares[sampler.next(LOGITS, i)] += 1.0 / NUM_DRAWS;
        }
        return shares;
    }

    private static void assertShares(double[] shares, double... expected) {
        for (int i = 0; i < expected.length; i++) {
            if (expected[i] == 0) {
                assertThat(shares[i]).as("share of token " + i).isZero();
            } else {
                assertThat(shares[i]).as("share of token " + i).isBetween(expected[i] - 0.018, expected[i] + 0.018);
            }
        }
    }
}
