package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.LayerNormGradients;
import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Layer normalization against the scalar backend.
class CpuLayerNormTest {
    private static final int ROWS = 5;
    private static final double EPSILON = 1e-5;
    /// About 30 roundings of values below 16, half an ulp each. Two columns that happen to be close
    /// divide by a small deviation, so data with a deviation of at least 1 is used.
    private static final double TOLERANCE = 30 * 16 * Math.pow(2, -24);

    private final Twins twins = new Twins();

    @AfterEach
    void close() {
        twins.close();
    }

    private final class Case {
        final Shape shape;
        final Twin x;
        final Twin weight;
        final Twin bias;
        final Twin statistics = twins.zeros(Shape.of(ROWS, 2));
        final Twin y;

        Case(int columns) {
            shape = Shape.of(ROWS, columns);
            x = twins.of(shape, i -> (i % 2 == 0 ? 1 : -1) * (1 + i * 37 % 11 / 10.0));
            weight = twins.random(Shape.of(columns));
            bias = twins.random(Shape.of(columns));
            y = twins.random(shape);
            twins.cpu.layerNorm(actual(), y.actual());
            twins.scalar.layerNorm(expected(), y.expected());
        }

        LayerNormOperands actual() {
            return new LayerNormOperands(x.actual(), weight.actual(), bias.actual(), statistics.actual(), EPSILON);
        }

        LayerNormOperands expected() {
            return new LayerNormOperands(
                    x.expected(), weight.expected(), bias.expected(), statistics.expected(), EPSILON);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 8, 9, 17, 33, 100})
    void shouldNormalizeRows(int columns) {
        Case c = new Case(columns);

        c.statistics.assertClose("statistics", TOLERANCE);
        c.y.assertClose("layerNorm", TOLERANCE);
    }

    @Test
    void shouldGiveTheBiasForOneColumn() {
        Twin x = twins.random(Shape.of(ROWS, 1));
        Twin one = twins.random(Shape.of(1));
        Twin statistics = twins.zeros(Shape.of(ROWS, 2));
        Twin y = twins.random(Shape.of(ROWS, 1));

        twins.cpu.layerNorm(
                new LayerNormOperands(x.actual(), one.actual(), one.actual(), statistics.actual(), EPSILON),
                y.actual());

        assertThat(twins.cpu.read(y.actual(), 3)).isEqualTo(twins.cpu.read(one.actual(), 0));
    }

    @Test
    void shouldKeepTheVarianceUnderALargeMean() {
        int columns = 64;
        Twin x = twins.of(Shape.of(1, columns), i -> 4096 + (i % 2 == 0 ? 1 : -1));
        Twin one = twins.of(Shape.of(columns), _ -> 1);
        Twin statistics = twins.zeros(Shape.of(1, 2));
        Twin y = twins.zeros(Shape.of(1, columns));

        twins.cpu.layerNorm(
                new LayerNormOperands(x.actual(), one.actual(), one.actual(), statistics.actual(), EPSILON),
                y.actual());

        // 4096 and its neighbours are exact, so is the mean; the variance is 1, and E[x²] - E[x]²
        // would be 0 or 2
        assertThat(twins.cpu.read(statistics.actual(), 1)).isCloseTo(1 / Math.sqrt(1 + EPSILON), within(1e-7));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 8, 9, 17, 33, 100})
    void shouldAddParameterGradientsAndWriteTheInputGradient(int columns) {
        Case c = new Case(columns);
        Twin dY = twins.random(c.shape);
        Twin dWeight = twins.random(Shape.of(columns));
        Twin dBias = twins.random(Shape.of(columns));
        Twin dX = twins.random(c.shape);

        twins.cpu.layerNormBackward(
                c.actual(), dY.actual(), new LayerNormGradients(dWeight.actual(), dBias.actual()), dX.actual());
        twins.scalar.layerNormBackward(
                c.expected(),
                dY.expected(),
                new LayerNormGradients(dWeight.expected(), dBias.expected()),
                dX.expected());

        dWeight.assertClose("dWeight", TOLERANCE);
        dBias.assertClose("dBias", TOLERANCE);
        dX.assertClose("dX", TOLERANCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 8, 9, 17, 33, 100})
    void shouldAddTheResidualGradient(int columns) {
        Case c = new Case(columns);
        Twin dY = twins.random(c.shape);
        Twin residual = twins.random(c.shape);
        Twin dWeight = twins.random(Shape.of(columns));
        Twin dBias = twins.random(Shape.of(columns));
        Twin dX = twins.random(c.shape);

        twins.scalar.layerNormBackward(
                c.expected(),
                dY.expected(),
                residual.expected(),
                new LayerNormGradients(dWeight.expected(), dBias.expected()),
                dX.expected());
        var gradients = new LayerNormGradients(dWeight.actual(), dBias.actual());
        twins.cpu.layerNormBackward(c.actual(), dY.actual(), residual.actual(), gradients, dX.actual());

        dX.assertClose("dX", TOLERANCE);
        dWeight.assertClose("dWeight", TOLERANCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 9, 33})
    void shouldWriteTheInputGradientOverItsInputs(int columns) {
        Case c = new Case(columns);
        Twin dY = twins.random(c.shape);
        Twin residual = twins.random(c.shape);
        Twin dX = twins.random(c.shape);
        Twin unused = twins.random(Shape.of(columns));
        var gradients = new LayerNormGradients(unused.actual(), unused.actual());
        twins.scalar.layerNormBackward(
                c.expected(),
                dY.expected(),
                residual.expected(),
                new LayerNormGradients(unused.expected(), unused.expected()),
                dX.expected());
        Twin onDY = new Twin(twins.cpu, twins.scalar, dY.actual(), dX.expected(), dY.guards());
        Twin onResidual = new Twin(twins.cpu, twins.scalar, residual.actual(), dX.expected(), residual.guards());
        Twin copy = twins.zeros(c.shape);
        twins.cpu.copy(dY.actual(), copy.actual());

        twins.cpu.layerNormBackward(c.actual(), dY.actual(), residual.actual(), gradients, dY.actual());
        onDY.assertClose("dX over dY", TOLERANCE);
        twins.cpu.layerNormBackward(c.actual(), copy.actual(), residual.actual(), gradients, residual.actual());
        onResidual.assertClose("dX over residual", TOLERANCE);
    }
}
