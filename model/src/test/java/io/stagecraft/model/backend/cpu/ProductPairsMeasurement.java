package io.stagecraft.model.backend.cpu;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.VectorWidth;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// A measurement, not a test: one thread's matrix products by our tiles and by a BLAS, in turns.
///
/// `java ... ProductPairsMeasurement LIBRARY [PART OF A NAME]`, with the variables that keep the library at one thread.
/// A line has the shape, GFLOP/s of both (fastest and median) and the median ratio of pairs with its quartiles; above
/// 1, tiles are faster. Time is the thread's processor time. Operands change from call to call, so that they come from
/// memory or the last cache, as in training.
final class ProductPairsMeasurement {
    private static final int SETS = 6;
    private static final int WARMUP = 20;
    private static final int PAIRS = 60;
    private static final double OPERATIONS_OF_A_SAMPLE = 1.5e7;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private ProductPairsMeasurement() {}

    /// `y = x wᵀ`, `dX = dY w` or `dW += dYᵀ x`.
    private enum Kind {
        FORWARD,
        DGRAD,
        WGRAD
    }

    /// A linear layer's product: of `tokens` rows, from `in` to `out` columns.
    private record Shape(String name, Kind kind, int tokens, int in, int out) {
        double operations() {
            return 2.0 * tokens * in * out;
        }
    }

    /// The operands of a shape, kept until the program ends.
    private record Operands(Matrix x, Matrix w, Matrix y) {
        static Operands of(Shape shape, Random random) {
            return new Operands(
                    matrix(shape.tokens, shape.in, random),
                    matrix(shape.out, shape.in, random),
                    matrix(shape.tokens, shape.out, random));
        }

        private static Matrix matrix(int rows, int columns, Random random) {
            long address = HostStorage.allocate(4L * rows * columns).address();
            for (long i = 0; i < (long) rows * columns; i++) {
                Lanes.set(address + 4 * i, random.nextFloat() - 0.5f);
            }
            return Matrix.of(address, rows, columns, columns);
        }

        void multiply(Gemm gemm, Kind kind) {
            switch (kind) {
                case FORWARD -> gemm.multiply(1, x, w.transpose(), 0, y);
                case DGRAD -> gemm.multiply(1, y, w, 0, x);
                case WGRAD -> gemm.multiply(1, y.transpose(), x, 1, w);
            }
        }
    }

    /// See the class.
    public static void main(String[] args) {
        try (TileFunctions functions =
                        TileFunctions.of(VectorWidth.ofThisMachine().orElseThrow());
                TileGemm tiles = new TileGemm(functions)) {
            var blas = new BlasGemm(Blas.load(Path.of(args[0]), Arena.global()));
            for (Shape shape : shapes()) {
                if (args.length < 2 || shape.name.contains(args[1])) {
                    measure(shape, tiles, blas);
                }
            }
        }
    }

    private static List<Shape> shapes() {
        var shapes = new ArrayList<Shape>();
        layer(shapes, "T", 512, 384);
        layer(shapes, "M", 384, 128);
        layer(shapes, "S", 512, 768);
        shapes.add(new Shape("S head FORWARD", Kind.FORWARD, 128, 768, 25152));
        return shapes;
    }

    private static void layer(List<Shape> shapes, String model, int tokens, int hidden) {
        for (Kind kind : Kind.values()) {
            shapes.add(new Shape(model + " qkv " + kind, kind, tokens, hidden, 3 * hidden));
            shapes.add(new Shape(model + " proj " + kind, kind, tokens, hidden, hidden));
            shapes.add(new Shape(model + " fc1 " + kind, kind, tokens, hidden, 4 * hidden));
            shapes.add(new Shape(model + " fc2 " + kind, kind, tokens, 4 * hidden, hidden));
        }
    }

    private static void measure(Shape shape, Gemm tiles, Gemm blas) {
        var random = new Random(1);
        var sets = new ArrayList<Operands>();
        for (int i = 0; i < SETS; i++) {
            sets.add(Operands.of(shape, random));
        }
        double[] ours = new double[PAIRS];
        double[] theirs = new double[PAIRS];
        double[] ratios = new double[PAIRS];
        for (int pair = -WARMUP; pair < PAIRS; pair++) {
            double a = seconds(shape, sets, tiles);
            double b = seconds(shape, sets, blas);
            if (pair >= 0) {
                ours[pair] = a;
                theirs[pair] = b;
                ratios[pair] = b / a;
            }
        }
        Arrays.sort(ours);
        Arrays.sort(theirs);
        Arrays.sort(ratios);
        double billions = shape.operations() / 1e9;
        System.out.printf(
                "%-16s %5d %5d %5d  tiles %6.1f %6.1f  blas %6.1f %6.1f  ratio %.3f [%.3f-%.3f]%n",
                shape.name,
                shape.tokens,
                shape.in,
                shape.out,
                billions / ours[0],
                billions / ours[PAIRS / 2],
                billions / theirs[0],
                billions / theirs[PAIRS / 2],
                ratios[PAIRS / 2],
                ratios[PAIRS / 4],
                ratios[3 * PAIRS / 4]);
    }

    private static double seconds(Shape shape, List<Operands> sets, Gemm gemm) {
        int times = SETS * ((int) (OPERATIONS_OF_A_SAMPLE / shape.operations() / SETS) + 1);
        long before = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            sets.get(i % SETS).multiply(gemm, shape.kind);
        }
        return (THREADS.getCurrentThreadCpuTime() - before) / 1e9 / times;
    }
}
