package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.random.Philox;
import io.stagecraft.model.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Dropout, residual and GELU against the scalar backend.
class CpuActivationTest {
    private static final int ROWS = 6;
    private static final double ULP = Math.pow(2, -24);
    private static final Dropout DROPOUT = new Dropout(6554, Philox.key(7, "test"), 5_000_000_123L, 3);

    private final Twins twins = new Twins();

    @AfterEach
    void close() {
        twins.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 63, 64, 65, 129})
    void shouldDropTheSameElementsForwardAsTheOracle(int columns) {
        for (Dropout dropout : List.of(DROPOUT, Dropout.none())) {
            Shape shape = Shape.of(ROWS, columns);
            Twin y = twins.random(shape);
            Twin bias = twins.random(Shape.of(columns));
            Twin residual = twins.random(shape);
            Twin out = twins.random(shape);

            twins.cpu.biasDropoutAdd(y.actual(), bias.actual(), residual.actual(), dropout, out.actual());
            twins.scalar.biasDropoutAdd(y.expected(), bias.expected(), residual.expected(), dropout, out.expected());

            // four roundings of values below 8
            out.assertClose("biasDropoutAdd", 4 * 8 * ULP);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 33})
    void shouldWriteTheResidualSumOverEitherInput(int columns) {
        Shape shape = Shape.of(ROWS, columns);
        Twin y = twins.random(shape);
        Twin bias = twins.random(Shape.of(columns));
        Twin residual = twins.random(shape);
        Twin fresh = twins.random(shape);
        Twin overY = twins.zeros(shape);
        twins.cpu.copy(y.actual(), overY.actual());

        twins.cpu.biasDropoutAdd(y.actual(), bias.actual(), residual.actual(), DROPOUT, fresh.actual());
        twins.cpu.biasDropoutAdd(overY.actual(), bias.actual(), residual.actual(), DROPOUT, overY.actual());
        twins.cpu.biasDropoutAdd(y.actual(), bias.actual(), residual.actual(), DROPOUT, residual.actual());

        assertThat(twins.cpu.readable(overY.actual()).mismatch(twins.cpu.readable(fresh.actual())))
                .isEqualTo(-1);
        assertThat(twins.cpu.readable(residual.actual()).mismatch(twins.cpu.readable(fresh.actual())))
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 65})
    void shouldDropTheSameElementsBackward(int columns) {
        for (Dropout dropout : List.of(DROPOUT, new Dropout(65535, 1, 0, 2), Dropout.none())) {
            Twin dOut = twins.random(Shape.of(ROWS, columns));
            Twin dY = twins.random(Shape.of(ROWS, columns));

            twins.cpu.dropoutBackward(dOut.actual(), dropout, dY.actual());
            twins.scalar.dropoutBackward(dOut.expected(), dropout, dY.expected());

            // the factor and the product are rounded once each
            dY.assertClose("dropoutBackward", 2 * ULP);
        }
    }

    @Test
    void shouldDropInPlace() {
        Twin dOut = twins.random(Shape.of(ROWS, 33));

        twins.cpu.dropoutBackward(dOut.actual(), DROPOUT, dOut.actual());
        twins.scalar.dropoutBackward(dOut.expected(), DROPOUT, dOut.expected());

        dOut.assertClose("dropoutBackward in place", 2 * ULP);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33})
    void shouldAddRowsAndDrop(int columns) {
        for (Dropout dropout : List.of(DROPOUT, Dropout.none())) {
            Twin ids = twins.ints(0, 1, 2, 0, 1, 3);
            Twin table = twins.random(Shape.of(4, columns));
            Twin x = twins.random(Shape.of(ROWS, columns));

            twins.cpu.addRowsDropout(ids.actual(), table.actual(), dropout, x.actual());
            twins.scalar.addRowsDropout(ids.expected(), table.expected(), dropout, x.expected());

            x.assertClose("addRowsDropout", 4 * 4 * ULP);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33})
    void shouldDifferentiateGelu(int columns) {
        for (Gelu gelu : Gelu.values()) {
            Shape shape = Shape.of(ROWS, columns);
            Twin dOut = twins.random(shape);
            Twin x = twins.of(shape, i -> -12 + 24.0 * i / (ROWS * columns));
            Twin dPre = twins.random(shape);
            Twin dBias = twins.random(Shape.of(columns));

            twins.cpu.biasGeluBackward(gelu, dOut.actual(), x.actual(), dPre.actual(), dBias.actual());
            twins.scalar.biasGeluBackward(gelu, dOut.expected(), x.expected(), dPre.expected(), dBias.expected());

            // the exponent's argument reaches 50 where it matters and is rounded to 24 bits, its
            // result is multiplied by x and by 2: about 10 roundings of size 4; seven such terms are
            // summed
            dPre.assertClose(gelu + " dPre", 40 * ULP);
            dBias.assertClose(gelu + " dBias", 7 * 40 * ULP);
        }
    }

    @Test
    void shouldDifferentiateGeluInPlace() {
        Shape shape = Shape.of(ROWS, 17);
        Twin dOut = twins.random(shape);
        Twin x = twins.random(shape);
        Twin dPre = twins.zeros(shape);
        Twin dBias = twins.zeros(Shape.of(17));

        twins.cpu.biasGeluBackward(Gelu.TANH, dOut.actual(), x.actual(), dPre.actual(), dBias.actual());
        twins.cpu.biasGeluBackward(Gelu.TANH, dOut.actual(), x.actual(), dOut.actual(), dBias.actual());

        assertThat(twins.cpu.readable(dOut.actual()).mismatch(twins.cpu.readable(dPre.actual())))
                .isEqualTo(-1);
    }
}
