package io.stagecraft.model.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Reductions over one row of floats. A sum adds two chains of vectors in turn, then the chains, then the
/// lanes as [Lanes#sum] says: an order that depends on the length and on the machine's registers only.
final class RowReductions {
    private static final int PAIR = 2 * Lanes.WIDTH;
    private static final long STEP = 4L * Lanes.WIDTH;

    private RowReductions() {}

    /// `Σ x[i]`.
    static float sum(long x, int num) {
        FloatVector even = Lanes.all(0);
        FloatVector odd = Lanes.all(0);
        int i = 0;
        for (; i <= num - PAIR; i += PAIR) {
            even = even.add(Lanes.load(x + 4L * i));
            odd = odd.add(Lanes.load(x + 4L * i + STEP));
        }
        for (; i < num; i += Lanes.WIDTH) {
            even = even.add(Lanes.load(x + 4L * i, Lanes.mask(i, num)));
        }
        return Lanes.sum(even.add(odd));
    }

    /// `Σ (x[i] - mean)²`.
    static float sumOfSquaredDeviations(long x, float mean, int num) {
        FloatVector m = Lanes.all(mean);
        FloatVector even = Lanes.all(0);
        FloatVector odd = Lanes.all(0);
        int i = 0;
        for (; i <= num - PAIR; i += PAIR) {
            FloatVector a = Lanes.load(x + 4L * i).sub(m);
            FloatVector b = Lanes.load(x + 4L * i + STEP).sub(m);
            even = a.fma(a, even);
            odd = b.fma(b, odd);
        }
        for (; i < num; i += Lanes.WIDTH) {
            VectorMask<Float> mask = Lanes.mask(i, num);
            FloatVector a = Lanes.load(x + 4L * i, mask).sub(m, mask);
            even = a.fma(a, even);
        }
        return Lanes.sum(even.add(odd));
    }

    /// `Σ x[i] y[i]`.
    static float dot(long x, long y, int num) {
        FloatVector even = Lanes.all(0);
        FloatVector odd = Lanes.all(0);
        int i = 0;
        for (; i <= num - PAIR; i += PAIR) {
            even = Lanes.load(x + 4L * i).fma(Lanes.load(y + 4L * i), even);
            odd = Lanes.load(x + 4L * i + STEP).fma(Lanes.load(y + 4L * i + STEP), odd);
        }
        for (; i < num; i += Lanes.WIDTH) {
            VectorMask<Float> mask = Lanes.mask(i, num);
            even = Lanes.load(x + 4L * i, mask).fma(Lanes.load(y + 4L * i, mask), even);
        }
        return Lanes.sum(even.add(odd));
    }

    /// `max x[i]`, negative infinity of nothing. The order does not matter to a maximum.
    static float max(long x, int num) {
        FloatVector most = Lanes.all(Float.NEGATIVE_INFINITY);
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            most = most.max(Lanes.load(x + 4L * i));
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.mask(full, num);
            most = most.lanewise(VectorOperators.MAX, Lanes.load(x + 4L * full, mask), mask);
        }
        return most.reduceLanes(VectorOperators.MAX);
    }

    /// In place `x[i] = e^(x[i] - max)`; answers their sum.
    static float exponentials(long x, float max, int num) {
        ExpKernel.apply(x, max, x, num);
        return sum(x, num);
    }
}
