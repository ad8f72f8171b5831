package io.stagecraft.model.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Reductions over one row of floats. Sums add two interleaved chains of eight lanes, then the chains,
/// then the lanes as [Lanes#sum] says: an order that depends on the length only.
final class RowReductions {
    private RowReductions() {}

    /// `Σ x[i]`.
    static float sum(long x, int num) {
        FloatVector even = Lanes.eight(0);
        FloatVector odd = Lanes.eight(0);
        int i = 0;
        for (; i <= num - 16; i += 16) {
            even = even.add(Lanes.load(x + 4L * i));
            odd = odd.add(Lanes.load(x + 4L * i + 32));
        }
        if (i <= num - 8) {
            even = even.add(Lanes.load(x + 4L * i));
            i += 8;
        }
        if (i < num) {
            odd = odd.add(Lanes.loadFirst(x + 4L * i, num - i));
        }
        return Lanes.sum(even.add(odd));
    }

    /// `Σ (x[i] - mean)²`.
    static float sumOfSquaredDeviations(long x, float mean, int num) {
        FloatVector even = Lanes.eight(0);
        FloatVector odd = Lanes.eight(0);
        int i = 0;
        for (; i <= num - 16; i += 16) {
            FloatVector a = Lanes.load(x + 4L * i).sub(mean);
            FloatVector b = Lanes.load(x + 4L * i + 32).sub(mean);
            even = a.fma(a, even);
            odd = b.fma(b, odd);
        }
        if (i <= num - 8) {
            FloatVector a = Lanes.load(x + 4L * i).sub(mean);
            even = a.fma(a, even);
            i += 8;
        }
        if (i < num) {
            VectorMask<Float> mask = Lanes.EIGHT.indexInRange(i, num);
            FloatVector b = Lanes.loadFirst(x + 4L * i, num - i).sub(Lanes.eight(mean), mask);
            odd = b.fma(b, odd);
        }
        return Lanes.sum(even.add(odd));
    }

    /// `Σ x[i] y[i]`.
    static float dot(long x, long y, int num) {
        FloatVector even = Lanes.eight(0);
        FloatVector odd = Lanes.eight(0);
        int i = 0;
        for (; i <= num - 16; i += 16) {
            even = Lanes.load(x + 4L * i).fma(Lanes.load(y + 4L * i), even);
            odd = Lanes.load(x + 4L * i + 32).fma(Lanes.load(y + 4L * i + 32), odd);
        }
        if (i <= num - 8) {
            even = Lanes.load(x + 4L * i).fma(Lanes.load(y + 4L * i), even);
            i += 8;
        }
        if (i < num) {
            odd = Lanes.loadFirst(x + 4L * i, num - i).fma(Lanes.loadFirst(y + 4L * i, num - i), odd);
        }
        return Lanes.sum(even.add(odd));
    }

    /// `max x[i]`, negative infinity of nothing. The order does not matter to a maximum.
    static float max(long x, int num) {
        FloatVector most = Lanes.wide(Float.NEGATIVE_INFINITY);
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            most = most.max(Lanes.loadWide(x + 4L * i));
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            most = most.lanewise(VectorOperators.MAX, Lanes.loadWide(x + 4L * full, mask), mask);
        }
        return most.reduceLanes(VectorOperators.MAX);
    }

    /// In place `x[i] = e^(x[i] - max)`; answers their sum.
    static float exponentials(long x, float max, int num) {
        ExpKernel.apply(x, max, x, num);
        return sum(x, num);
    }
}
