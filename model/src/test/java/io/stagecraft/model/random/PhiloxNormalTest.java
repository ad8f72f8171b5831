package io.stagecraft.model.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxNormalTest {
    private static final long KEY = Philox.key(7, "a parameter");
    private static final int NUM_DRAWS = 200_000;

    /// Oracle: Python's `statistics.NormalDist().inv_cdf`, printed to the last digit. Both are about
    /// 1e-16 relative; the logarithm of the platform may differ by one unit of the last place.
    @ParameterizedTest
    @CsvSource({
        "0.8, 0.8416212335729144",
        "0.9, 1.2815515655446008",
        "0.975, 1.9599639845400536",
        "0.999, 3.090232306167813",
        "1e-05, -4.2648907939228256",
        "1e-10, -6.361340902404056",
        "1e-14, -7.650628092935268"
    })
    void shouldGiveQuantiles(double p, double expected) {
        assertThat(PhiloxNormal.quantile(p)).isCloseTo(expected, within(4e-15));
    }

    @Test
    void shouldBeSymmetric() {
        assertThat(PhiloxNormal.quantile(0.25)).isEqualTo(-PhiloxNormal.quantile(0.75));
    }

    /// The mean of n draws has standard deviation 1 / sqrt(n) = 0.0022; five of them.
    @Test
    void shouldHaveMeanZero() {
        assertThat(moment(1)).isCloseTo(0, within(5 / Math.sqrt(NUM_DRAWS)));
    }

    /// The variance of n draws has standard deviation sqrt(2 / n) = 0.0032; five of them.
    @Test
    void shouldHaveVarianceOne() {
        assertThat(moment(2)).isCloseTo(1, within(5 * Math.sqrt(2.0 / NUM_DRAWS)));
    }

    /// The fourth moment of n draws has standard deviation sqrt(96 / n) = 0.022; five of them.
    @Test
    void shouldHaveFourthMomentThree() {
        assertThat(moment(4)).isCloseTo(3, within(5 * Math.sqrt(96.0 / NUM_DRAWS)));
    }

    /// Products of neighbours have standard deviation 1 / sqrt(n); five of them.
    @Test
    void shouldNotCorrelateNeighbours() {
        double sum = 0;
        for (int i = 0; i < NUM_DRAWS; i++) {
            sum += PhiloxNormal.at(KEY, i) * PhiloxNormal.at(KEY, i + 1);
        }
        assertThat(sum / NUM_DRAWS).isCloseTo(0, within(5 / Math.sqrt(NUM_DRAWS)));
    }

    @Test
    void shouldDependOnTheKey() {
        assertThat(PhiloxNormal.at(KEY, 3)).isNotEqualTo(PhiloxNormal.at(KEY + 1, 3));
    }

    private static double moment(int power) {
        double sum = 0;
        for (int i = 0; i < NUM_DRAWS; i++) {
            sum += Math.pow(PhiloxNormal.at(KEY, i), power);
        }
        return sum / NUM_DRAWS;
    }
}
