package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Matrix products and column sums against the scalar backend.
class CpuLinearTest {
    private static final int ROWS = 5;
    private static final int INNER = 19;
    /// A sum of 20 products below 4 in float: at most 20 roundings of values below 80, each half of
    /// 2^-17; relative to 1 that is 8e-5.
    private static final double TOLERANCE = 20 * 80 * Math.pow(2, -24);

    private final Twins twins = new Twins();

    @AfterEach
    void close() {
        twins.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33})
    void shouldMultiplyWithEveryTransposition(int columns) {
        for (Matmul op :
                new Matmul[] {Matmul.plain(), Matmul.transposeA(), Matmul.transposeB(), new Matmul(true, true, 0.5)}) {
            Twin a = twins.random(op.aTransposed() ? Shape.of(INNER, ROWS) : Shape.of(ROWS, INNER));
            Twin b = twins.random(op.bTransposed() ? Shape.of(columns, INNER) : Shape.of(INNER, columns));
            Twin c = twins.random(Shape.of(ROWS, columns));

            twins.cpu.matmul(op, a.actual(), b.actual(), c.actual(), Epilogue.NONE);
            twins.scalar.matmul(op, a.expected(), b.expected(), c.expected(), Epilogue.NONE);

            c.assertClose(op.toString(), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33})
    void shouldAddTheProductToWhatIsThere(int columns) {
        Twin a = twins.random(Shape.of(INNER, ROWS));
        Twin b = twins.random(Shape.of(INNER, columns));
        Twin c = twins.random(Shape.of(ROWS, columns));

        twins.cpu.matmulAdd(Matmul.transposeA(), a.actual(), b.actual(), c.actual());
        twins.scalar.matmulAdd(Matmul.transposeA(), a.expected(), b.expected(), c.expected());

        c.assertClose("matmulAdd", TOLERANCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33})
    void shouldAddTheBiasUnscaled(int columns) {
        Matmul op = new Matmul(false, true, 0.25);
        Twin a = twins.random(Shape.of(ROWS, INNER));
        Twin b = twins.random(Shape.of(columns, INNER));
        Twin bias = twins.random(Shape.of(columns));
        Twin c = twins.random(Shape.of(ROWS, columns));

        twins.cpu.matmul(op, a.actual(), b.actual(), c.actual(), new Epilogue.AddBias(bias.actual()));
        twins.scalar.matmul(op, a.expected(), b.expected(), c.expected(), new Epilogue.AddBias(bias.expected()));

        c.assertClose("matmul with bias", TOLERANCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33})
    void shouldKeepThePreactivationBesideTheGelu(int columns) {
        for (Gelu gelu : Gelu.values()) {
            Twin a = twins.random(Shape.of(ROWS, INNER));
            Twin b = twins.random(Shape.of(columns, INNER));
            Twin bias = twins.random(Shape.of(columns));
            Twin c = twins.random(Shape.of(ROWS, columns));
            Twin activated = twins.random(Shape.of(ROWS, columns));

            twins.cpu.matmul(
                    Matmul.transposeB(),
                    a.actual(),
                    b.actual(),
                    c.actual(),
                    new Epilogue.AddBiasGelu(bias.actual(), gelu, activated.actual()));
            twins.scalar.matmul(
                    Matmul.transposeB(),
                    a.expected(),
                    b.expected(),
                    c.expected(),
                    new Epilogue.AddBiasGelu(bias.expected(), gelu, activated.expected()));

            c.assertClose("preactivation", TOLERANCE);
            // the slope of GELU is at most 1.13
            activated.assertClose("activation", 1.2 * TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 64, 65, 100, 131})
    void shouldAddColumnSums(int columns) {
        Twin x = twins.random(Shape.of(ROWS, columns));
        Twin sum = twins.random(Shape.of(columns));

        twins.cpu.addColumnSums(x.actual(), sum.actual());
        twins.scalar.addColumnSums(x.expected(), sum.expected());

        // six roundings of values below 12
        sum.assertClose("addColumnSums", 6 * 12 * Math.pow(2, -24));
    }
}
