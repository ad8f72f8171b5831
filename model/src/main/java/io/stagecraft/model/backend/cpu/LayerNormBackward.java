package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Gradients of layer normalization, a few rows at a time: the sums that their `dX` needs, their
/// bias gradients, then `dX` and the weight gradient in one pass. All components but the last are
/// addresses.
///
/// In small methods: one that is too large for C1 ("out of virtual registers") never reaches C2,
/// and boxes every vector for ever. So the rest of a row is a method of its own.
///
/// With `g = dY * weight`: `dX = residual + rstd * (g - mean(g) - xhat * mean(g * xhat))`.
///
/// @param dWeight `[columns]`: `Σ_r dY * xhat` is added, rows ascending
/// @param dBias `[columns]`: `Σ_r dY` is added, rows ascending
/// @param scratch two floats for each of [ColumnSums#ROWS] rows: `mean(g)` and `mean(g * xhat)` of
///     the rows at hand
record LayerNormBackward(
        long x, long weight, long statistics, long dY, long dWeight, long dBias, long scratch, long dX, int columns) {
    /// Writes `dX` of `num` rows onto those at `residual`, `residualBytes` apart, which may be
    /// those of `dX` or `dY`.
    void rows(long residual, long residualBytes, int num) {
        for (int from = 0; from < num; from += ColumnSums.ROWS) {
            int some = Math.min(ColumnSums.ROWS, num - from);
            long first = 4L * from * columns;
            for (int r = 0; r < some; r++) {
                long row = first + 4L * r * columns;
                reduce(x + row, dY + row, statistics + 8L * (from + r), scratch + 8L * r);
            }
            ColumnSums.add(dY + first, some, columns, dBias);
            for (int r = 0; r < some; r++) {
                long row = first + 4L * r * columns;
                write(row, residual + (from + r) * residualBytes, statistics + 8L * (from + r), scratch + 8L * r);
            }
        }
    }

    private void reduce(long in, long d, long meanAndRstd, long means) {
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
        Lanes.set(means, Lanes.sum(sum) / num);
        Lanes.set(means + 4, Lanes.sum(product) / num);
    }

    private void write(long row, long onto, long meanAndRstd, long means) {
        float mean = Lanes.get(meanAndRstd);
        float rstd = Lanes.get(meanAndRstd + 4);
        float shift = Lanes.get(means);
        float slope = -Lanes.get(means + 4);
        long in = x + row;
        long d = dY + row;
        long out = dX + row;
        long w = weight;
        long dW = dWeight;
        int full = columns - columns % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat =
                    fromMemorySegment(SPECIES, MEMORY, in + o, ORDER).sub(mean).mul(rstd);
            FloatVector dy = fromMemorySegment(SPECIES, MEMORY, d + o, ORDER);
            dy.fma(xhat, fromMemorySegment(SPECIES, MEMORY, dW + o, ORDER)).intoMemorySegment(MEMORY, dW + o, ORDER);
            FloatVector g =
                    dy.mul(fromMemorySegment(SPECIES, MEMORY, w + o, ORDER)).sub(shift);
            xhat.fma(broadcast(SPECIES, slope), g)
                    .mul(rstd)
                    .add(fromMemorySegment(SPECIES, MEMORY, onto + o, ORDER))
                    .intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < columns) {
            writeRest(row, onto, meanAndRstd, means);
        }
    }

    private void writeRest(long row, long onto, long meanAndRstd, long means) {
        int full = columns - columns % Lanes.WIDTH;
        long o = 4L * full;
        VectorMask<Float> mask = SPECIES.indexInRange(full, columns);
        float rstd = Lanes.get(meanAndRstd + 4);
        FloatVector xhat = fromMemorySegment(SPECIES, MEMORY, x + row + o, ORDER, mask)
                .sub(Lanes.get(meanAndRstd))
                .mul(rstd);
        FloatVector dy = fromMemorySegment(SPECIES, MEMORY, dY + row + o, ORDER, mask);
        dy.fma(xhat, fromMemorySegment(SPECIES, MEMORY, dWeight + o, ORDER, mask))
                .intoMemorySegment(MEMORY, dWeight + o, ORDER, mask);
        FloatVector g = dy.mul(fromMemorySegment(SPECIES, MEMORY, weight + o, ORDER, mask))
                .sub(Lanes.get(means));
        xhat.fma(broadcast(SPECIES, -Lanes.get(means + 4)), g)
                .mul(rstd)
                .add(fromMemorySegment(SPECIES, MEMORY, onto + o, ORDER, mask))
                .intoMemorySegment(MEMORY, dX + row + o, ORDER, mask);
    }
}
