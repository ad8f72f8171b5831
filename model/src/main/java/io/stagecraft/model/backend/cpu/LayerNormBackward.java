package io.stagecraft.model.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Gradients of layer normalization, row by row. All components but the last are addresses.
///
/// With `g = dY * weight`: `dX = residual + rstd * (g - mean(g) - xhat * mean(g * xhat))`.
///
/// @param weightSums `[columns]`, zeroed by the caller: `Σ_r dY * xhat`
/// @param scratch two floats, `mean(g)` and `mean(g * xhat)` of the row at hand
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
        for (int r = 0; r < num; r++) {
            long row = 4L * r * columns;
            reduce(x + row, dY + row, statistics + 8L * r);
            addWeightGradient(x + row, dY + row, statistics + 8L * r);
            writeOnto(x + row, dY + row, statistics + 8L * r, residual + row, dX + row);
        }
    }

    private void reduce(long in, long d, long meanAndRstd) {
        FloatVector mean = Lanes.all(Lanes.get(meanAndRstd));
        FloatVector rstd = Lanes.all(Lanes.get(meanAndRstd + 4));
        FloatVector sum = Lanes.all(0);
        FloatVector product = Lanes.all(0);
        long w = weight;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector g = Lanes.load(d + o).mul(Lanes.load(w + o));
            sum = sum.add(g);
            product = g.fma(Lanes.load(in + o).sub(mean).mul(rstd), product);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector g = Lanes.load(d + o, mask).mul(Lanes.load(w + o, mask));
            sum = sum.add(g);
            product = g.fma(Lanes.load(in + o, mask).sub(mean).mul(rstd), product);
        }
        Lanes.set(scratch, Lanes.sum(sum) / num);
        Lanes.set(scratch + 4, Lanes.sum(product) / num);
    }

    private void addWeightGradient(long in, long d, long meanAndRstd) {
        FloatVector mean = Lanes.all(Lanes.get(meanAndRstd));
        FloatVector rstd = Lanes.all(Lanes.get(meanAndRstd + 4));
        long sum = weightSums;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat = Lanes.load(in + o).sub(mean).mul(rstd);
            Lanes.store(Lanes.load(d + o).fma(xhat, Lanes.load(sum + o)), sum + o);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector xhat = Lanes.load(in + o, mask).sub(mean).mul(rstd);
            Lanes.store(Lanes.load(d + o, mask).fma(xhat, Lanes.load(sum + o, mask)), sum + o, mask);
        }
    }

    private void write(long in, long d, long meanAndRstd, long out) {
        FloatVector mean = Lanes.all(Lanes.get(meanAndRstd));
        FloatVector rstd = Lanes.all(Lanes.get(meanAndRstd + 4));
        FloatVector shift = Lanes.all(Lanes.get(scratch));
        FloatVector slope = Lanes.all(-Lanes.get(scratch + 4));
        long w = weight;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat = Lanes.load(in + o).sub(mean).mul(rstd);
            FloatVector g = Lanes.load(d + o).mul(Lanes.load(w + o)).sub(shift);
            Lanes.store(xhat.fma(slope, g).mul(rstd), out + o);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector xhat = Lanes.load(in + o, mask).sub(mean).mul(rstd);
            FloatVector g = Lanes.load(d + o, mask).mul(Lanes.load(w + o, mask)).sub(shift);
            Lanes.store(xhat.fma(slope, g).mul(rstd), out + o, mask);
        }
    }

    private void writeOnto(long in, long d, long meanAndRstd, long residual, long out) {
        FloatVector mean = Lanes.all(Lanes.get(meanAndRstd));
        FloatVector rstd = Lanes.all(Lanes.get(meanAndRstd + 4));
        FloatVector shift = Lanes.all(Lanes.get(scratch));
        FloatVector slope = Lanes.all(-Lanes.get(scratch + 4));
        long w = weight;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat = Lanes.load(in + o).sub(mean).mul(rstd);
            FloatVector g = Lanes.load(d + o).mul(Lanes.load(w + o)).sub(shift);
            Lanes.store(xhat.fma(slope, g).fma(rstd, Lanes.load(residual + o)), out + o);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector xhat = Lanes.load(in + o, mask).sub(mean).mul(rstd);
            FloatVector g = Lanes.load(d + o, mask).mul(Lanes.load(w + o, mask)).sub(shift);
            Lanes.store(xhat.fma(slope, g).fma(rstd, Lanes.load(residual + o, mask)), out + o, mask);
        }
    }
}
