package io.stagecraft.model.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Gradients of layer normalization, row by row. All components but the last are addresses.
///
/// With `g = dY * weight`: `dX = residual + rstd * (g - mean(g) - xhat * mean(g * xhat))`.
///
/// @param sums `[2, columns]`, zeroed by the caller: `Σ_r dY * xhat`, then `Σ_r dY`
/// @param scratch two floats, `mean(g)` and `mean(g * xhat)` of the row at hand
record LayerNormBackward(long x, long weight, long statistics, long dY, long sums, long scratch, long dX, int columns) {
    /// Writes `dX` of `num` rows without a residual and adds to `sums`.
    void rows(int num) {
        for (int r = 0; r < num; r++) {
            long row = 4L * r * columns;
            reduce(x + row, dY + row, statistics + 8L * r);
            write(x + row, dY + row, statistics + 8L * r, dX + row);
        }
    }

    /// As [#rows], onto the matrix at `residual`, which may be `dX` or `dY`.
    void rowsOnto(long residual, int num) {
        for (int r = 0; r < num; r++) {
            long row = 4L * r * columns;
            reduce(x + row, dY + row, statistics + 8L * r);
            writeOnto(x + row, dY + row, statistics + 8L * r, residual + row, dX + row);
        }
    }

    private void reduce(long in, long d, long meanAndRstd) {
        FloatVector mean = Lanes.eight(Lanes.get(meanAndRstd));
        FloatVector rstd = Lanes.eight(Lanes.get(meanAndRstd + 4));
        FloatVector sum = Lanes.eight(0);
        FloatVector product = Lanes.eight(0);
        long w = weight;
        long weightSums = sums;
        int num = columns;
        long biasSums = sums + 4L * num;
        int i = 0;
        for (; i <= num - 8; i += 8) {
            long o = 4L * i;
            FloatVector xhat = Lanes.load(in + o).sub(mean).mul(rstd);
            FloatVector dy = Lanes.load(d + o);
            Lanes.store(dy.fma(xhat, Lanes.load(weightSums + o)), weightSums + o);
            Lanes.store(dy.add(Lanes.load(biasSums + o)), biasSums + o);
            FloatVector g = dy.mul(Lanes.load(w + o));
            sum = sum.add(g);
            product = g.fma(xhat, product);
        }
        if (i < num) {
            long o = 4L * i;
            int rest = num - i;
            FloatVector xhat = Lanes.loadFirst(in + o, rest).sub(mean).mul(rstd);
            FloatVector dy = Lanes.loadFirst(d + o, rest);
            Lanes.storeFirst(dy.fma(xhat, Lanes.loadFirst(weightSums + o, rest)), weightSums + o, rest);
            Lanes.storeFirst(dy.add(Lanes.loadFirst(biasSums + o, rest)), biasSums + o, rest);
            FloatVector g = dy.mul(Lanes.loadFirst(w + o, rest));
            sum = sum.add(g);
            product = g.fma(xhat, product);
        }
        Lanes.set(scratch, Lanes.sum(sum) / num);
        Lanes.set(scratch + 4, Lanes.sum(product) / num);
    }

    private void write(long in, long d, long meanAndRstd, long out) {
        FloatVector mean = Lanes.wide(Lanes.get(meanAndRstd));
        FloatVector rstd = Lanes.wide(Lanes.get(meanAndRstd + 4));
        FloatVector shift = Lanes.wide(Lanes.get(scratch));
        FloatVector slope = Lanes.wide(-Lanes.get(scratch + 4));
        long w = weight;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat = Lanes.loadWide(in + o).sub(mean).mul(rstd);
            FloatVector g = Lanes.loadWide(d + o).mul(Lanes.loadWide(w + o)).sub(shift);
            Lanes.store(xhat.fma(slope, g).mul(rstd), out + o);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            FloatVector xhat = Lanes.loadWide(in + o, mask).sub(mean).mul(rstd);
            FloatVector g =
                    Lanes.loadWide(d + o, mask).mul(Lanes.loadWide(w + o, mask)).sub(shift);
            Lanes.store(xhat.fma(slope, g).mul(rstd), out + o, mask);
        }
    }

    private void writeOnto(long in, long d, long meanAndRstd, long residual, long out) {
        FloatVector mean = Lanes.wide(Lanes.get(meanAndRstd));
        FloatVector rstd = Lanes.wide(Lanes.get(meanAndRstd + 4));
        FloatVector shift = Lanes.wide(Lanes.get(scratch));
        FloatVector slope = Lanes.wide(-Lanes.get(scratch + 4));
        long w = weight;
        int num = columns;
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector xhat = Lanes.loadWide(in + o).sub(mean).mul(rstd);
            FloatVector g = Lanes.loadWide(d + o).mul(Lanes.loadWide(w + o)).sub(shift);
            Lanes.store(xhat.fma(slope, g).fma(rstd, Lanes.loadWide(residual + o)), out + o);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            FloatVector xhat = Lanes.loadWide(in + o, mask).sub(mean).mul(rstd);
            FloatVector g =
                    Lanes.loadWide(d + o, mask).mul(Lanes.loadWide(w + o, mask)).sub(shift);
            Lanes.store(xhat.fma(slope, g).fma(rstd, Lanes.loadWide(residual + o, mask)), out + o, mask);
        }
    }
}
