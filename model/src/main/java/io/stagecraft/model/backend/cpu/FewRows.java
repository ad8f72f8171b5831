package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Products of a few rows with a matrix whose rows are the outputs: what generation does token by token,
/// where time goes by reading the matrix. It is read once, in the order of memory; a BLAS would copy it into
/// panels first, which only many rows pay for.
///
/// A sum is that of [RowReductions#dot] however many rows there are, so a row does not depend on the others.
final class FewRows {
    /// With more rows a BLAS is faster.
    static final int MOST = 16;

    private static final int TOGETHER = 2;
    private static final int ACROSS = 4 * Lanes.WIDTH;
    private static final int PAIR = 2 * Lanes.WIDTH;
    private static final long STEP = 4L * Lanes.WIDTH;

    private FewRows() {}

    /// `c[m, n] = alpha Σ_k a[m, k] b[n, k] + beta c[m, n]`, `beta` 0 or 1; `b` is as it lies in memory,
    /// the outputs its rows.
    static void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        int num = a.columns();
        long aStep = 4L * a.leadingDimension();
        long cStep = 4L * c.leadingDimension();
        int rows = a.rows();
        for (int n = 0; n < b.rows(); n++) {
            long weights = b.address() + 4L * n * b.leadingDimension();
            int m = 0;
            for (; m <= rows - TOGETHER; m += TOGETHER) {
                dots(
                        a.address() + m * aStep,
                        aStep,
                        weights,
                        num,
                        alpha,
                        beta,
                        c.address() + m * cStep + 4L * n,
                        cStep);
            }
            for (; m < rows; m++) {
                float product = RowReductions.dot(a.address() + m * aStep, weights, num);
                store(alpha * product, beta, c.address() + m * cStep + 4L * n);
            }
        }
    }

    /// `out[r] = alpha Σ_d x[d] y[r, d]`; the rows of `y` lie one behind another, `num` floats each.
    static void products(float alpha, long x, long y, int numRows, int num, long out) {
        for (int r = 0; r < numRows; r++) {
            Lanes.set(out + 4L * r, alpha * RowReductions.dot(x, y + 4L * r * num, num));
        }
    }

    private static void store(float value, float beta, long to) {
        Lanes.set(to, beta == 0 ? value : value + Lanes.get(to));
    }

    /// Two rows, `x` and the one `xStep` bytes behind it, with the one at `y`. More of them at a time would be
    /// more vectors than the compiler keeps in registers.
    private static void dots(long x, long xStep, long y, int num, float alpha, float beta, long to, long toStep) {
        long z = x + xStep;
        FloatVector xEven = broadcast(SPECIES, 0);
        FloatVector xOdd = broadcast(SPECIES, 0);
        FloatVector zEven = broadcast(SPECIES, 0);
        FloatVector zOdd = broadcast(SPECIES, 0);
        int i = 0;
        for (; i <= num - PAIR; i += PAIR) {
            long o = 4L * i;
            FloatVector even = fromMemorySegment(SPECIES, MEMORY, y + o, ORDER);
            FloatVector odd = fromMemorySegment(SPECIES, MEMORY, y + o + STEP, ORDER);
            xEven = fromMemorySegment(SPECIES, MEMORY, x + o, ORDER).fma(even, xEven);
            xOdd = fromMemorySegment(SPECIES, MEMORY, x + o + STEP, ORDER).fma(odd, xOdd);
            zEven = fromMemorySegment(SPECIES, MEMORY, z + o, ORDER).fma(even, zEven);
            zOdd = fromMemorySegment(SPECIES, MEMORY, z + o + STEP, ORDER).fma(odd, zOdd);
        }
        for (; i < num; i += Lanes.WIDTH) {
            long o = 4L * i;
            VectorMask<Float> mask = SPECIES.indexInRange(i, num);
            FloatVector even = fromMemorySegment(SPECIES, MEMORY, y + o, ORDER, mask);
            xEven = fromMemorySegment(SPECIES, MEMORY, x + o, ORDER, mask).fma(even, xEven);
            zEven = fromMemorySegment(SPECIES, MEMORY, z + o, ORDER, mask).fma(even, zEven);
        }
        store(alpha * Lanes.sum(xEven.add(xOdd)), beta, to);
        store(alpha * Lanes.sum(zEven.add(zOdd)), beta, to + toStep);
    }

    /// `out[d] = Σ_r factors[r] x[r, d]`, `r` ascending; the rows of `x` lie one behind another, `num` floats
    /// each.
    static void weightedSum(long factors, int numRows, long x, int num, long out) {
        long rowStep = 4L * num;
        int d = 0;
        for (; d <= num - ACROSS; d += ACROSS) {
            FloatVector s0 = broadcast(SPECIES, 0);
            FloatVector s1 = broadcast(SPECIES, 0);
            FloatVector s2 = broadcast(SPECIES, 0);
            FloatVector s3 = broadcast(SPECIES, 0);
            long from = x + 4L * d;
            for (int r = 0; r < numRows; r++) {
                float factor = Lanes.get(factors + 4L * r);
                s0 = s0.add(fromMemorySegment(SPECIES, MEMORY, from, ORDER).mul(factor));
                s1 = s1.add(
                        fromMemorySegment(SPECIES, MEMORY, from + STEP, ORDER).mul(factor));
                s2 = s2.add(fromMemorySegment(SPECIES, MEMORY, from + 2 * STEP, ORDER)
                        .mul(factor));
                s3 = s3.add(fromMemorySegment(SPECIES, MEMORY, from + 3 * STEP, ORDER)
                        .mul(factor));
                from += rowStep;
            }
            long to = out + 4L * d;
            s0.intoMemorySegment(MEMORY, to, ORDER);
            s1.intoMemorySegment(MEMORY, to + STEP, ORDER);
            s2.intoMemorySegment(MEMORY, to + 2 * STEP, ORDER);
            s3.intoMemorySegment(MEMORY, to + 3 * STEP, ORDER);
        }
        for (; d < num; d += Lanes.WIDTH) {
            VectorMask<Float> mask = SPECIES.indexInRange(d, num);
            FloatVector sum = broadcast(SPECIES, 0);
            for (int r = 0; r < numRows; r++) {
                sum = sum.add(fromMemorySegment(SPECIES, MEMORY, x + r * rowStep + 4L * d, ORDER, mask)
                        .mul(Lanes.get(factors + 4L * r)));
            }
            sum.intoMemorySegment(MEMORY, out + 4L * d, ORDER, mask);
        }
    }
}
