package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.VectorWidth;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Products in machine code beside sums in double; with all registers that this machine has.
class TileGemmTest {
    /// Rows, columns and k around the borders of tiles (6, 14 rows; 16, 32 columns), squares (8, 16) and slices (512).
    private static final int[][] SHAPES = {
        {1, 1, 1},
        {6, 16, 8},
        {14, 32, 16},
        {13, 31, 15},
        {15, 33, 17},
        {64, 160, 64},
        {28, 64, 512},
        {29, 65, 513},
        {3, 100, 1100},
        {120, 7, 30},
        {250, 40, 70},
        {40, 900, 400},
    };
    private static final float GUARD = 12345;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(3);

    static Stream<VectorWidth> widths() {
        return VectorWidth.ofThisMachine().stream()
                .flatMap(widest -> Arrays.stream(VectorWidth.values()).filter(w -> w.lanes() <= widest.lanes()));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : opened.reversed()) {
            resource.close();
        }
    }

    @ParameterizedTest
    @MethodSource("widths")
    void shouldMultiplyAsSumsInDoubleDo(VectorWidth width) {
        TileGemm gemm = open(width);
        for (int[] shape : SHAPES) {
            for (int kind = 0; kind < 16; kind++) {
                var product = new Product(shape, (kind & 1) != 0, (kind & 2) != 0);
                float alpha = (kind & 4) != 0 ? 1 : 0.3f;
                float beta = (kind & 8) != 0 ? 1 : 0;
                double[] expected = product.expected(alpha, beta);

                gemm.multiply(alpha, product.a, product.b, beta, product.c);

                product.check(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("widths")
    void shouldAddABiasToEachRow(VectorWidth width) {
        TileGemm gemm = open(width);
        for (int[] shape : SHAPES) {
            var product = new Product(shape, false, true);
            long bias = floats(shape[1]);
            double[] expected = product.expected(1, 0);
            for (int i = 0; i < expected.length; i++) {
                expected[i] += Lanes.get(bias + 4L * (i % shape[1]));
            }

            gemm.multiplyAddBias(product.a, product.b, bias, product.c);

            product.check(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("widths")
    void shouldGiveARowTheSameBitsHoweverManyRowsThereAre(VectorWidth width) {
        TileGemm gemm = open(width);
        int rows = 500; // more than stay in the cache with this k
        int columns = 70;
        int k = 600;
        long a = floats(rows * k);
        Matrix b = Matrix.of(floats(columns * k), columns, k, k).transpose();
        long all = floats(rows * columns);
        gemm.multiply(1, Matrix.of(a, rows, k, k), b, 0, Matrix.of(all, rows, columns, columns));
        long one = floats(columns);

        for (int r = 0; r < rows; r++) {
            gemm.multiply(1, Matrix.of(a + 4L * r * k, 1, k, k), b, 0, Matrix.of(one, 1, columns, columns));

            for (int c = 0; c < columns; c++) {
                assertThat(Lanes.get(one + 4L * c)).isEqualTo(Lanes.get(all + 4L * (r * columns + c)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("widths")
    void shouldReadNothingBehindTheLastElement(VectorWidth width) {
        TileGemm gemm = open(width);
        // NaN behind the operands: a product that takes one in is NaN
        var product = new Product(new int[] {17, 33, 19}, true, false);
        double[] expected = product.expected(1, 0);

        gemm.multiply(1, product.a, product.b, 0, product.c);

        product.check(expected);
    }

    @ParameterizedTest
    @MethodSource("widths")
    void shouldWriteZerosForAnEmptySum(VectorWidth width) {
        TileGemm gemm = open(width);
        long c = floats(6);

        gemm.multiply(1, Matrix.of(c, 2, 0, 1), Matrix.of(c, 0, 3, 3), 0, Matrix.of(c, 2, 3, 3));

        for (int i = 0; i < 6; i++) {
            assertThat(Lanes.get(c + 4L * i)).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("widths")
    void shouldRefuseAnotherFactorOfWhatIsThere(VectorWidth width) {
        TileGemm gemm = open(width);
        Matrix any = Matrix.of(floats(1), 1, 1, 1);

        assertThatThrownBy(() -> gemm.multiply(1, any, any, 0.5f, any))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0.5");
    }

    @ParameterizedTest
    @MethodSource("widths")
    void shouldAllocateViewsOnly(VectorWidth width) {
        TileGemm gemm = open(width);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var product = new Product(new int[] {140, 96, 64}, false, true);
        for (int i = 0; i < 50; i++) {
            gemm.multiply(1, product.a, product.b, 0, product.c);
        }

        long before = threads.getCurrentThreadAllocatedBytes();
        gemm.multiply(1, product.a, product.b, 0, product.c);

        // three columns of tiles: a few records of some 40 bytes each; a copy of c would be 53,760
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(8192);
    }

    private TileGemm open(VectorWidth width) {
        TileFunctions functions = TileFunctions.of(width);
        opened.add(functions);
        var gemm = new TileGemm(functions);
        opened.add(gemm);
        return gemm;
    }

    /// `num` floats in [-1, 1), and a NaN behind them.
    private long floats(int num) {
        HostStorage storage = HostStorage.allocate(4L * (num + 1));
        opened.add(storage);
        for (int i = 0; i < num; i++) {
            Lanes.set(storage.address() + 4L * i, (float) (2 * random.nextDouble() - 1));
        }
        Lanes.set(storage.address() + 4L * num, Float.NaN);
        return storage.address();
    }

    /// Operands of a shape; rows of c are 3 elements longer than its columns, and guarded.
    private final class Product {
        private final int rows;
        private final int columns;
        private final int k;
        private final Matrix a;
        private final Matrix b;
        private final Matrix c;

        Product(int[] shape, boolean aTransposed, boolean bTransposed) {
            rows = shape[0];
            columns = shape[1];
            k = shape[2];
            long left = floats(rows * k);
            long right = floats(k * columns);
            a = aTransposed ? Matrix.of(left, k, rows, rows).transpose() : Matrix.of(left, rows, k, k);
            b = bTransposed ? Matrix.of(right, columns, k, k).transpose() : Matrix.of(right, k, columns, columns);
            c = Matrix.of(floats(rows * (columns + 3)), rows, columns, columns + 3);
            for (int r = 0; r < rows; r++) {
                for (int g = 0; g < 3; g++) {
                    Lanes.set(c.address() + 4L * (r * (columns + 3) + columns + g), GUARD);
                }
            }
        }

        double[] expected(float alpha, float beta) {
            var sums = new double[rows * columns];
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < columns; j++) {
                    double sum = 0;
                    for (int p = 0; p < k; p++) {
                        sum += (double) get(a, r, p) * get(b, p, j);
                    }
                    sums[r * columns + j] = alpha * sum + beta * get(c, r, j);
                }
            }
            return sums;
        }

        /// k products of numbers below 1, each rounded to 2^-24 of a sum that stays below some sqrt(k): the error is
        /// far
        /// below k * 2^-24 * 4.
        void check(double[] expected) {
            double tolerance = 4 * (k + 2) * 0x1p-24;
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < columns; j++) {
                    double difference = Math.abs(get(c, r, j) - expected[r * columns + j]);
                    if (!(difference <= tolerance)) {
                        throw new AssertionError("%d x %d x %d, element (%d, %d): expected %s but was %s"
                                .formatted(rows, columns, k, r, j, expected[r * columns + j], get(c, r, j)));
                    }
                }
                for (int g = 0; g < 3; g++) {
                    assertThat(get(c, r, columns + g)).isEqualTo(GUARD);
                }
            }
        }

        private static float get(Matrix m, int row, int column) {
            return Lanes.get(m.part(row, 1, column, 1).address());
        }
    }
}
