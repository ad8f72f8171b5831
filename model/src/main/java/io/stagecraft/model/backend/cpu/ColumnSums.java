package io.stagecraft.model.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Sums over the rows of a matrix, rows ascending, a strip of columns at a time so that the sums stay in
/// registers.
final class ColumnSums {
    private static final int STRIP = 4 * Lanes.WIDTH;

    private ColumnSums() {}

    /// `sum[c] += Σ_r x[r, c]`; `x` and `sum` are addresses.
    static void add(long x, int rows, int columns, long sum) {
        int c = 0;
        for (; c <= columns - STRIP; c += STRIP) {
            addStrip(x + 4L * c, rows, columns, sum + 4L * c);
        }
        for (; c < columns; c += Lanes.WIDTH) {
            addVector(x + 4L * c, rows, columns, sum + 4L * c, Math.min(Lanes.WIDTH, columns - c));
        }
    }

    private static void addStrip(long x, int rows, int columns, long sum) {
        FloatVector a = Lanes.all(0);
        FloatVector b = Lanes.all(0);
        FloatVector c = Lanes.all(0);
        FloatVector d = Lanes.all(0);
        long step = 4L * Lanes.WIDTH;
        for (int r = 0; r < rows; r++) {
            long row = x + 4L * r * columns;
            a = a.add(Lanes.load(row));
            b = b.add(Lanes.load(row + step));
            c = c.add(Lanes.load(row + 2 * step));
            d = d.add(Lanes.load(row + 3 * step));
        }
        Lanes.store(a.add(Lanes.load(sum)), sum);
        Lanes.store(b.add(Lanes.load(sum + step)), sum + step);
        Lanes.store(c.add(Lanes.load(sum + 2 * step)), sum + 2 * step);
        Lanes.store(d.add(Lanes.load(sum + 3 * step)), sum + 3 * step);
    }

    private static void addVector(long x, int rows, int columns, long sum, int num) {
        VectorMask<Float> mask = Lanes.mask(0, num);
        FloatVector a = Lanes.all(0);
        for (int r = 0; r < rows; r++) {
            a = a.add(Lanes.load(x + 4L * r * columns, mask));
        }
        Lanes.store(a.add(Lanes.load(sum, mask)), sum, mask);
    }
}
