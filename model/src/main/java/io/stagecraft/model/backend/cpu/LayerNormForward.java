package io.stagecraft.model.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Layer normalization of rows. All components but the last two are addresses.
///
/// The variance is the mean of squared deviations from the mean, in a pass of its own: `E[x²] - E[x]²`
/// cancels where the mean is large.
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
        FloatVector mean = Lanes.all(Lanes.get(meanAndRstd));
        FloatVector rstd = Lanes.all(Lanes.get(meanAndRstd + 4));
        long w = weight;
        long b = bias;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat = Lanes.load(in + o).sub(mean).mul(rstd);
            Lanes.store(xhat.fma(Lanes.load(w + o), Lanes.load(b + o)), out + o);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector xhat = Lanes.load(in + o, mask).sub(mean).mul(rstd);
            xhat = xhat.fma(Lanes.load(w + o, mask), Lanes.load(b + o, mask));
            Lanes.store(xhat, out + o, mask);
        }
    }
}
