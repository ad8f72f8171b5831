package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

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
        FloatVector a = broadcast(SPECIES, 0);
        FloatVector b = broadcast(SPECIES, 0);
        FloatVector c = broadcast(SPECIES, 0);
        FloatVector d = broadcast(SPECIES, 0);
        long step = 4L * Lanes.WIDTH;
        for (int r = 0; r < rows; r++) {
            long row = x + 4L * r * columns;
            a = a.add(fromMemorySegment(SPECIES, MEMORY, row, ORDER));
            b = b.add(fromMemorySegment(SPECIES, MEMORY, row + step, ORDER));
            c = c.add(fromMemorySegment(SPECIES, MEMORY, row + 2 * step, ORDER));
            d = d.add(fromMemorySegment(SPECIES, MEMORY, row + 3 * step, ORDER));
        }
        a.add(fromMemorySegment(SPECIES, MEMORY, sum, ORDER)).intoMemorySegment(MEMORY, sum, ORDER);
        b.add(fromMemorySegment(SPECIES, MEMORY, sum + step, ORDER)).intoMemorySegment(MEMORY, sum + step, ORDER);
        c.add(fromMemorySegment(SPECIES, MEMORY, sum + 2 * step, ORDER))
                .intoMemorySegment(MEMORY, sum + 2 * step, ORDER);
        d.add(fromMemorySegment(SPECIES, MEMORY, sum + 3 * step, ORDER))
                .intoMemorySegment(MEMORY, sum + 3 * step, ORDER);
    }

    private static void addVector(long x, int rows, int columns, long sum, int num) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, num);
        FloatVector a = broadcast(SPECIES, 0);
        for (int r = 0; r < rows; r++) {
            a = a.add(fromMemorySegment(SPECIES, MEMORY, x + 4L * r * columns, ORDER, mask));
        }
        a.add(fromMemorySegment(SPECIES, MEMORY, sum, ORDER, mask)).intoMemorySegment(MEMORY, sum, ORDER, mask);
    }
}
