package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Layer normalization of rows. All components but the last two are addresses.
///
/// The variance is the mean of squared deviations from the mean, in a pass of its own:
/// `E[x²] - E[x]²` cancels where the mean is large.
record LayerNormForward(long x, long weight, long bias, long statistics, long y, int columns, float epsilon) {
    /// Normalizes `num` rows.
    void rows(int num) {
        for (int r = 0; r < num; r++) {
            long row = 4L * r * columns;
            float mean = RowReductions.sum(x + row, columns) / columns;
            float variance = RowReductions.sumOfSquaredDeviations(x + row, mean, columns) / columns;
            float rstd = (float) (1 / Math.sqrt(variance + epsilon));
            Lanes.set(statistics + 8L * r, mean);
            Lanes.set(statistics + 8L * r + 4, rstd);
            normalize(x + row, statistics + 8L * r, y + row);
        }
    }

    private void normalize(long in, long meanAndRstd, long out) {
        float mean = Lanes.get(meanAndRstd);
        float rstd = Lanes.get(meanAndRstd + 4);
        long w = weight;
        long b = bias;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat =
                    fromMemorySegment(SPECIES, MEMORY, in + o, ORDER).sub(mean).mul(rstd);
            xhat.fma(fromMemorySegment(SPECIES, MEMORY, w + o, ORDER), fromMemorySegment(SPECIES, MEMORY, b + o, ORDER))
                    .intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector xhat = fromMemorySegment(SPECIES, MEMORY, in + o, ORDER, mask)
                    .sub(mean)
                    .mul(rstd);
            xhat = xhat.fma(
                    fromMemorySegment(SPECIES, MEMORY, w + o, ORDER, mask),
                    fromMemorySegment(SPECIES, MEMORY, b + o, ORDER, mask));
            xhat.intoMemorySegment(MEMORY, out + o, ORDER, mask);
        }
    }
}
