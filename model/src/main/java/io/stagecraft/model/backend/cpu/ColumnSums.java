package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;

/// Sums over the rows of a matrix. Each row is added to what was summed before, in ascending order,
/// so that a matrix may be given in parts of any number of rows; [#ROWS] rows go through the sums
/// at once.
final class ColumnSums {
    /// Rows that are summed in registers.
    static final int ROWS = 4;

    private ColumnSums() {}

    /// `sum[c] += Σ_r x[r, c]`; `x` and `sum` are addresses.
    static void add(long x, int rows, int columns, long sum) {
        long rowBytes = 4L * columns;
        int r = 0;
        for (; r <= rows - ROWS; r += ROWS) {
            addRows(x + r * rowBytes, rowBytes, columns, sum);
        }
        for (; r < rows; r++) {
            Elementwise.add(x + r * rowBytes, sum, columns);
        }
    }

    private static void addRows(long x, long rowBytes, int columns, long sum) {
        long second = x + rowBytes;
        long third = second + rowBytes;
        long fourth = third + rowBytes;
        int full = columns - columns % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, sum + o, ORDER)
                    .add(fromMemorySegment(SPECIES, MEMORY, x + o, ORDER))
                    .add(fromMemorySegment(SPECIES, MEMORY, second + o, ORDER));
            v.add(fromMemorySegment(SPECIES, MEMORY, third + o, ORDER))
                    .add(fromMemorySegment(SPECIES, MEMORY, fourth + o, ORDER))
                    .intoMemorySegment(MEMORY, sum + o, ORDER);
        }
        if (full < columns) {
            long o = 4L * full;
            Elementwise.add(x + o, sum + o, columns - full);
            Elementwise.add(second + o, sum + o, columns - full);
            Elementwise.add(third + o, sum + o, columns - full);
            Elementwise.add(fourth + o, sum + o, columns - full);
        }
    }
}
