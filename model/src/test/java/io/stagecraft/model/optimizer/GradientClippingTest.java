package io.stagecraft.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GradientClippingTest {
    @Test
    void shouldScaleALargeNormToTheMaximum() {
        assertThat(new GradientClipping(1).coefficient(4)).isEqualTo(1 / 4.000001);
    }

    @Test
    void shouldLeaveASmallNorm() {
        assertThat(new GradientClipping(1).coefficient(0.5)).isEqualTo(1);
    }

    /// The added 1e-6 makes the coefficient of a norm just at the maximum less than 1, as in Megatron-LM.
    @Test
    void shouldClipANormAtTheMaximum() {
        assertThat(new GradientClipping(1).coefficient(1)).isLessThan(1);
    }

    @Test
    void shouldNotClipWithMaximumZero() {
        assertThat(new GradientClipping(0).coefficient(1e9)).isEqualTo(1);
    }
}
