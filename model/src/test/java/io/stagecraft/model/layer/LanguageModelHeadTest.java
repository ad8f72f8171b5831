package io.stagecraft.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.layer.MicrobatchContext.Batch;
import io.stagecraft.model.random.PhiloxNormal;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The head takes 128 rows at a time with this vocabulary. Oracle: the same rows as two microbatches of
/// one chunk each, whose gradients other tests compare with differences.
class LanguageModelHeadTest {
    private static final Batch WHOLE = TinyGpt.batch(26);
    private static final int NUM_FIRST = 25;

    private static TensorParallelRun.Result run(Batch batch, double[] x) {
        var run = new TensorParallelRun(1, TinyGpt.head(TinyGpt.wideVocabulary()), batch, TinyGpt.WIDTH);
        return run.gradients(x, GlobalValues.random(run.parameters()));
    }

    /// Sums of the same products in another order: a few units of 1e-16 of numbers below 10.
    @Test
    void shouldGiveTheSameOverSeveralChunks() {
        double[] x = new double[WHOLE.rows() * TinyGpt.WIDTH];
        Arrays.setAll(x, i -> PhiloxNormal.at(17, i));
        int cut = NUM_FIRST * WHOLE.numPositions() * TinyGpt.WIDTH;
        var whole = run(WHOLE, x);
        var first = run(MicrobatchTest.part(WHOLE, 0, NUM_FIRST), Arrays.copyOf(x, cut));
        var second = run(MicrobatchTest.part(WHOLE, NUM_FIRST, 26), Arrays.copyOfRange(x, cut, x.length));
        assertThat(whole.value()).isCloseTo(first.value() + second.value(), within(1e-12 * whole.value()));
        assertThat(Arrays.copyOf(whole.dX(), cut)).isEqualTo(first.dX());
        assertThat(Arrays.copyOfRange(whole.dX(), cut, x.length)).isEqualTo(second.dX());
        whole.gradients().forEach((name, gradient) -> {
            double[] one = first.gradients().get(name);
            double[] other = second.gradients().get(name);
            assertThat(IntStream.range(0, gradient.length)
                            .mapToDouble(i -> Math.abs(gradient[i] - one[i] - other[i]))
                            .max()
                            .orElseThrow())
                    .as(name)
                    .isLessThan(1e-13);
        });
    }
}
