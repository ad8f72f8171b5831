package io.stagecraft.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.random.PhiloxNormal;
import java.util.Map;

/// Compares the gradients that layers give with central differences, in double on the scalar backend,
/// and those of several tensor ranks with those of one.
///
/// With a step of 1e-5 the rounding error of a difference is about 2e-16 * |value| / 1e-5 = 2e-10 for
/// values of about 10, the truncation error 1e-10 / 6 times the third derivative, which stays below 100
/// here: 2e-9 together. The tolerance of 1e-7 leaves room for larger values, a wrong term does not fit.
final class GradientCheck {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-7;
    private static final int NUM_SAMPLES = 4;

    private final TensorParallelRun run;
    private final double[] x;
    private final GlobalValues values;

    GradientCheck(TensorParallelRun run) {
        this.run = run;
        values = GlobalValues.random(run.parameters());
        x = new double[run.batch().rows() * run.width()];
        for (int i = 0; i < x.length; i++) {
            x[i] = PhiloxNormal.at(17, i);
        }
    }

    /// A few elements of dX and of every parameter's gradient against differences.
    void againstDifferences() {
        TensorParallelRun.Result result = run.gradients(x, values);
        for (int i = 0; i < result.dX().length; i += stride(result.dX().length)) {
            double difference = (run.value(moved(i, STEP), values) - run.value(moved(i, -STEP), values)) / (2 * STEP);
            assertThat(result.dX()[i]).as("dX[%d]", i).isCloseTo(difference, within(tolerance(difference)));
        }
        result.gradients().forEach(this::checkParameter);
    }

    private void checkParameter(String name, double[] gradient) {
        for (int i = 0; i < gradient.length; i += stride(gradient.length)) {
            double up = run.value(x, values.moved(name, i, STEP));
            double down = run.value(x, values.moved(name, i, -STEP));
            double difference = (up - down) / (2 * STEP);
            assertThat(gradient[i])
                    .as("gradient of %s[%d]", name, i)
                    .isCloseTo(difference, within(tolerance(difference)));
        }
    }

    /// Everything equal to one rank alone: sums of a few hundred products in another order differ by
    /// less than 1e-12 of their size.
    void againstOneRank() {
        TensorParallelRun.Result split = run.gradients(x, values);
        TensorParallelRun.Result alone = run.alone().gradients(x, values);
        assertThat(split.value()).as("value").isCloseTo(alone.value(), within(1e-12 * (1 + Math.abs(alone.value()))));
        assertClose("dX", split.dX(), alone.dX());
        for (Map.Entry<String, double[]> entry : alone.gradients().entrySet()) {
            assertClose(entry.getKey(), split.gradients().get(entry.getKey()), entry.getValue());
        }
    }

    private static void assertClose(String name, double[] got, double[] expected) {
        assertThat(got).hasSameSizeAs(expected);
        for (int i = 0; i < got.length; i++) {
            assertThat(got[i])
                    .as("gradient of %s[%d]", name, i)
                    .isCloseTo(expected[i], within(1e-11 * (1 + Math.abs(expected[i]))));
        }
    }

    private double[] moved(int index, double delta) {
        double[] copy = x.clone();
        copy[index] += delta;
        return copy;
    }

    private static int stride(int length) {
        return Math.max(1, (length - 1) / (NUM_SAMPLES - 1));
    }

    private static double tolerance(double difference) {
        return TOLERANCE * (1 + Math.abs(difference));
    }
}
