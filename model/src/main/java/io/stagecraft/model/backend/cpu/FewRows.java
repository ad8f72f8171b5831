package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Products of a few rows with a matrix whose rows are the outputs: what generation does token by
/// token, where time goes by reading the matrix. It is read once; a BLAS would copy it into panels
/// first, which only many rows pay for.
///
/// Rows of the matrix that lie far apart are read side by side: a processor fetches ahead within a
/// page, so with one row behind another it would wait at the end of each.
///
/// A sum adds vectors in their order, then the lanes as [Lanes#sum] says, however many rows there
/// are, so a row does not depend on the others. Vectors of sums go through memory before their
/// lanes are added: more of that in one method than the compiler inlines would box them.
final class FewRows implements AutoCloseable {
    /// With more rows a BLAS is faster.
    static final int MOST = 16;

    private static final int EIGHT = 8;
    private static final int FOUR = 4;
    private static final int ACROSS = 4 * Lanes.WIDTH;
    private static final long STEP = 4L * Lanes.WIDTH;

    private final HostStorage storage = HostStorage.allocate(EIGHT * STEP);
    private final long sums = storage.address();

    /// `c[m, n] = alpha Σ_k a[m, k] b[n, k] + beta c[m, n]`, `beta` 0 or 1; `b` is as it lies in
    /// memory, the outputs its rows.
    void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        if (a.rows() == 1) {
            row(alpha, a.address(), b, beta, c.address());
            return;
        }
        int num = a.columns();
        long aStep = 4L * a.leadingDimension();
        long bStep = 4L * b.leadingDimension();
        long cStep = 4L * c.leadingDimension();
        int quarter = isWhole(num) ? b.rows() / FOUR : 0;
        for (int n = 0; n < quarter; n++) {
            long y = b.address() + n * bStep;
            int m = 0;
            for (; m <= a.rows() - 2; m += 2) {
                long to = c.address() + m * cStep + 4L * n;
                fourOfTwo(
                        a.address() + m * aStep, aStep, y, quarter * bStep, num, alpha, beta, to, 4L * quarter, cStep);
            }
            for (int k = 0; k < FOUR && m < a.rows(); k++) {
                long to = c.address() + m * cStep + 4L * (n + k * quarter);
                one(a.address() + m * aStep, y + k * quarter * bStep, num, alpha, beta, to);
            }
        }
        for (int n = FOUR * quarter; n < b.rows(); n++) {
            for (int m = 0; m < a.rows(); m++) {
                long to = c.address() + m * cStep + 4L * n;
                one(a.address() + m * aStep, b.address() + n * bStep, num, alpha, beta, to);
            }
        }
    }

    /// `out[r] = alpha Σ_d x[d] y[r, d]`; the rows of `y` lie one behind another, `num` floats
    /// each.
    void products(float alpha, long x, long y, int numRows, int num, long out) {
        row(alpha, x, Matrix.of(y, numRows, num, num), 0, out);
    }

    private void row(float alpha, long x, Matrix b, float beta, long out) {
        int num = b.columns();
        long bStep = 4L * b.leadingDimension();
        int eighth = isWhole(num) ? b.rows() / EIGHT : 0;
        for (int n = 0; n < eighth; n++) {
            eight(x, b.address() + n * bStep, eighth * bStep, num, alpha, beta, out + 4L * n, 4L * eighth);
        }
        for (int n = EIGHT * eighth; n < b.rows(); n++) {
            one(x, b.address() + n * bStep, num, alpha, beta, out + 4L * n);
        }
    }

    /// Whether rows of `num` end with a full vector. The others are seldom, and a loop with a rest
    /// behind it is more than the compiler inlines for several rows at a time.
    private static boolean isWhole(int num) {
        return num % Lanes.WIDTH == 0;
    }

    /// `alpha` times the sums of the lanes of `num` vectors from `from` on, `toFar` bytes apart.
    private static void finish(long from, int num, float alpha, float beta, long to, long toFar) {
        for (int n = 0; n < num; n++) {
            float value = alpha * Lanes.sum(fromMemorySegment(SPECIES, MEMORY, from + n * STEP, ORDER));
            long at = to + n * toFar;
            Lanes.set(at, beta == 0 ? value : value + Lanes.get(at));
        }
    }

    /// The row at `x` with the one at `y`.
    private void one(long x, long y, int num, float alpha, float beta, long to) {
        FloatVector sum = broadcast(SPECIES, 0);
        int i = 0;
        for (; i <= num - Lanes.WIDTH; i += Lanes.WIDTH) {
            long o = 4L * i;
            sum = fromMemorySegment(SPECIES, MEMORY, x + o, ORDER)
                    .fma(fromMemorySegment(SPECIES, MEMORY, y + o, ORDER), sum);
        }
        for (; i < num; i += Lanes.WIDTH) { // once or never: after a branch the compiler boxes the sum in some runs
            long o = 4L * i;
            VectorMask<Float> mask = SPECIES.indexInRange(i, num);
            sum = fromMemorySegment(SPECIES, MEMORY, x + o, ORDER, mask)
                    .fma(fromMemorySegment(SPECIES, MEMORY, y + o, ORDER, mask), sum);
        }
        sum.intoMemorySegment(MEMORY, sums, ORDER);
        finish(sums, 1, alpha, beta, to, 0);
    }

    /// The row at `x` with the one at `y` and seven more, each `far` bytes behind the last.
    private void eight(long x, long y, long far, int num, float alpha, float beta, long to, long toFar) {
        long y1 = y + 1 * far;
        long y2 = y + 2 * far;
        long y3 = y + 3 * far;
        long y4 = y + 4 * far;
        long y5 = y + 5 * far;
        long y6 = y + 6 * far;
        long y7 = y + 7 * far;
        FloatVector s0 = broadcast(SPECIES, 0);
        FloatVector s1 = broadcast(SPECIES, 0);
        FloatVector s2 = broadcast(SPECIES, 0);
        FloatVector s3 = broadcast(SPECIES, 0);
        FloatVector s4 = broadcast(SPECIES, 0);
        FloatVector s5 = broadcast(SPECIES, 0);
        FloatVector s6 = broadcast(SPECIES, 0);
        FloatVector s7 = broadcast(SPECIES, 0);
        for (int i = 0; i < num; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + o, ORDER);
            s0 = v.fma(fromMemorySegment(SPECIES, MEMORY, y + o, ORDER), s0);
            s1 = v.fma(fromMemorySegment(SPECIES, MEMORY, y1 + o, ORDER), s1);
            s2 = v.fma(fromMemorySegment(SPECIES, MEMORY, y2 + o, ORDER), s2);
            s3 = v.fma(fromMemorySegment(SPECIES, MEMORY, y3 + o, ORDER), s3);
            s4 = v.fma(fromMemorySegment(SPECIES, MEMORY, y4 + o, ORDER), s4);
            s5 = v.fma(fromMemorySegment(SPECIES, MEMORY, y5 + o, ORDER), s5);
            s6 = v.fma(fromMemorySegment(SPECIES, MEMORY, y6 + o, ORDER), s6);
            s7 = v.fma(fromMemorySegment(SPECIES, MEMORY, y7 + o, ORDER), s7);
        }
        s0.intoMemorySegment(MEMORY, sums, ORDER);
        s1.intoMemorySegment(MEMORY, sums + 1 * STEP, ORDER);
        s2.intoMemorySegment(MEMORY, sums + 2 * STEP, ORDER);
        s3.intoMemorySegment(MEMORY, sums + 3 * STEP, ORDER);
        s4.intoMemorySegment(MEMORY, sums + 4 * STEP, ORDER);
        s5.intoMemorySegment(MEMORY, sums + 5 * STEP, ORDER);
        s6.intoMemorySegment(MEMORY, sums + 6 * STEP, ORDER);
        s7.intoMemorySegment(MEMORY, sums + 7 * STEP, ORDER);
        finish(sums, EIGHT, alpha, beta, to, toFar);
    }

    /// The row at `x` and the one `xStep` bytes behind it with the one at `y` and three more, each
    /// `far` bytes behind the last. More sums at a time would be more vectors than the compiler
    /// keeps in registers.
    private void fourOfTwo(
            long x, long xStep, long y, long far, int num, float alpha, float beta, long to, long toFar, long toStep) {
        long z = x + xStep;
        long y1 = y + 1 * far;
        long y2 = y + 2 * far;
        long y3 = y + 3 * far;
        FloatVector s0 = broadcast(SPECIES, 0);
        FloatVector t0 = broadcast(SPECIES, 0);
        FloatVector s1 = broadcast(SPECIES, 0);
        FloatVector t1 = broadcast(SPECIES, 0);
        FloatVector s2 = broadcast(SPECIES, 0);
        FloatVector t2 = broadcast(SPECIES, 0);
        FloatVector s3 = broadcast(SPECIES, 0);
        FloatVector t3 = broadcast(SPECIES, 0);
        for (int i = 0; i < num; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + o, ORDER);
            FloatVector u = fromMemorySegment(SPECIES, MEMORY, z + o, ORDER);
            FloatVector w0 = fromMemorySegment(SPECIES, MEMORY, y + o, ORDER);
            s0 = v.fma(w0, s0);
            t0 = u.fma(w0, t0);
            FloatVector w1 = fromMemorySegment(SPECIES, MEMORY, y1 + o, ORDER);
            s1 = v.fma(w1, s1);
            t1 = u.fma(w1, t1);
            FloatVector w2 = fromMemorySegment(SPECIES, MEMORY, y2 + o, ORDER);
            s2 = v.fma(w2, s2);
            t2 = u.fma(w2, t2);
            FloatVector w3 = fromMemorySegment(SPECIES, MEMORY, y3 + o, ORDER);
            s3 = v.fma(w3, s3);
            t3 = u.fma(w3, t3);
        }
        s0.intoMemorySegment(MEMORY, sums, ORDER);
        s1.intoMemorySegment(MEMORY, sums + 1 * STEP, ORDER);
        s2.intoMemorySegment(MEMORY, sums + 2 * STEP, ORDER);
        s3.intoMemorySegment(MEMORY, sums + 3 * STEP, ORDER);
        t0.intoMemorySegment(MEMORY, sums + 4 * STEP, ORDER);
        t1.intoMemorySegment(MEMORY, sums + 5 * STEP, ORDER);
        t2.intoMemorySegment(MEMORY, sums + 6 * STEP, ORDER);
        t3.intoMemorySegment(MEMORY, sums + 7 * STEP, ORDER);
        finish(sums, FOUR, alpha, beta, to, toFar);
        finish(sums + FOUR * STEP, FOUR, alpha, beta, to + toStep, toFar);
    }

    /// `out[d] = Σ_r factors[r] x[r, d]`, `r` ascending; the rows of `x` lie one behind another,
    /// `num` floats each.
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

    @Override
    public void close() {
        storage.close();
    }
}
