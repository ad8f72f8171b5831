package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Gradients of layer normalization, row by row. All components but the last are addresses.
///
/// In small methods: one that is too large for C1 ("out of virtual registers") never reaches C2, and
/// boxes every vector for ever.
///
/// With `g = dY * weight`: `dX = residual + rstd * (g - mean(g) - xhat * mean(g * xhat))`.
///
/// @param weightSums `[columns]`, zeroed by the caller: `Σ_r dY * xhat`
/// @param scratch `2 + columns` floats: `mean(g)` and `mean(g * xhat)` of the row at hand, and its `dX`
record LayerNormBackward(
        long x, long weight, long statistics, long dY, long weightSums, long scratch, long dX, int columns) {
    /// Writes `dX` of `num` rows without a residual and adds to `weightSums`.
    void rows(int num) {
        for (int r = 0; r < num; r++) {
            long row = 4L * r * columns;
            reduce(x + row, dY + row, statistics + 8L * r);
            addWeightGradient(x + row, dY + row, statistics + 8L * r);
            write(x + row, dY + row, statistics + 8L * r, dX + row);
        }
    }

    /// As [#rows], onto the matrix at `residual`, which may be `dX` or `dY`.
    void rowsOnto(long residual, int num) {
        long branch = scratch + 8;
        for (int r = 0; r < num; r++) {
            long row = 4L * r * columns;
            reduce(x + row, dY + row, statistics + 8L * r);
            addWeightGradient(x + row, dY + row, statistics + 8L * r);
            write(x + row, dY + row, statistics + 8L * r, branch);
            Elementwise.sum(residual + row, branch, dX + row, columns);
        }
    }

    private void reduce(long in, long d, long meanAndRstd) {
        float mean = Lanes.get(meanAndRstd);
        float rstd = Lanes.get(meanAndRstd + 4);
        FloatVector sum = broadcast(SPECIES, 0);
        FloatVector product = broadcast(SPECIES, 0);
        long w = weight;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector g = fromMemorySegment(SPECIES, MEMORY, d + o, ORDER)
                    .mul(fromMemorySegment(SPECIES, MEMORY, w + o, ORDER));
            sum = sum.add(g);
            product = g.fma(
                    fromMemorySegment(SPECIES, MEMORY, in + o, ORDER).sub(mean).mul(rstd), product);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector g = fromMemorySegment(SPECIES, MEMORY, d + o, ORDER, mask)
                    .mul(fromMemorySegment(SPECIES, MEMORY, w + o, ORDER, mask));
            sum = sum.add(g);
            product = g.fma(
                    fromMemorySegment(SPECIES, MEMORY, in + o, ORDER, mask)
                            .sub(mean)
                            .mul(rstd),
                    product);
        }
        Lanes.set(scratch, Lanes.sum(sum) / num);
        Lanes.set(scratch + 4, Lanes.sum(product) / num);
    }

    private void addWeightGradient(long in, long d, long meanAndRstd) {
        float mean = Lanes.get(meanAndRstd);
        float rstd = Lanes.get(meanAndRstd + 4);
        long sum = weightSums;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat =
                    fromMemorySegment(SPECIES, MEMORY, in + o, ORDER).sub(mean).mul(rstd);
            fromMemorySegment(SPECIES, MEMORY, d + o, ORDER)
                    .fma(xhat, fromMemorySegment(SPECIES, MEMORY, sum + o, ORDER))
                    .intoMemorySegment(MEMORY, sum + o, ORDER);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector xhat = fromMemorySegment(SPECIES, MEMORY, in + o, ORDER, mask)
                    .sub(mean)
                    .mul(rstd);
            fromMemorySegment(SPECIES, MEMORY, d + o, ORDER, mask)
                    .fma(xhat, fromMemorySegment(SPECIES, MEMORY, sum + o, ORDER, mask))
                    .intoMemorySegment(MEMORY, sum + o, ORDER, mask);
        }
    }

    private void write(long in, long d, long meanAndRstd, long out) {
        float mean = Lanes.get(meanAndRstd);
        float rstd = Lanes.get(meanAndRstd + 4);
        float shift = Lanes.get(scratch);
        float slope = -Lanes.get(scratch + 4);
        long w = weight;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat =
                    fromMemorySegment(SPECIES, MEMORY, in + o, ORDER).sub(mean).mul(rstd);
            FloatVector g = fromMemorySegment(SPECIES, MEMORY, d + o, ORDER)
                    .mul(fromMemorySegment(SPECIES, MEMORY, w + o, ORDER))
                    .sub(shift);
            xhat.fma(broadcast(SPECIES, slope), g).mul(rstd).intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector xhat = fromMemorySegment(SPECIES, MEMORY, in + o, ORDER, mask)
                    .sub(mean)
                    .mul(rstd);
            FloatVector g = fromMemorySegment(SPECIES, MEMORY, d + o, ORDER, mask)
                    .mul(fromMemorySegment(SPECIES, MEMORY, w + o, ORDER, mask))
                    .sub(shift);
            xhat.fma(broadcast(SPECIES, slope), g).mul(rstd).intoMemorySegment(MEMORY, out + o, ORDER, mask);
        }
    }
}
