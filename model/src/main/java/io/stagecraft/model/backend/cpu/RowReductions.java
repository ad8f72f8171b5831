package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Reductions over one row of floats. A sum adds two chains of vectors in turn, then the chains,
/// then the lanes as [Lanes#sum] says: an order that depends on the length and on the machine's
/// registers only.
final class RowReductions {
    private static final int PAIR = 2 * Lanes.WIDTH;
    private static final long STEP = 4L * Lanes.WIDTH;

    private RowReductions() {}

    /// `Σ x[i]`.
    static float sum(long x, int num) {
        FloatVector even = broadcast(SPECIES, 0);
        FloatVector odd = broadcast(SPECIES, 0);
        int i = 0;
        for (; i <= num - PAIR; i += PAIR) {
            even = even.add(fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER));
            odd = odd.add(fromMemorySegment(SPECIES, MEMORY, x + 4L * i + STEP, ORDER));
        }
        for (; i < num; i += Lanes.WIDTH) {
            even = even.add(fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER, SPECIES.indexInRange(i, num)));
        }
        return Lanes.sum(even.add(odd));
    }

    /// `Σ (x[i] - mean)²`.
    static float sumOfSquaredDeviations(long x, float mean, int num) {
        FloatVector even = broadcast(SPECIES, 0);
        FloatVector odd = broadcast(SPECIES, 0);
        int i = 0;
        for (; i <= num - PAIR; i += PAIR) {
            FloatVector a =
                    fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER).sub(mean);
            FloatVector b =
                    fromMemorySegment(SPECIES, MEMORY, x + 4L * i + STEP, ORDER).sub(mean);
            even = a.fma(a, even);
            odd = b.fma(b, odd);
        }
        for (; i < num; i += Lanes.WIDTH) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, num);
            FloatVector a =
                    fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER, mask).sub(mean, mask);
            even = a.fma(a, even);
        }
        return Lanes.sum(even.add(odd));
    }

    /// `Σ x[i] y[i]`.
    static float dot(long x, long y, int num) {
        FloatVector even = broadcast(SPECIES, 0);
        FloatVector odd = broadcast(SPECIES, 0);
        int i = 0;
        for (; i <= num - PAIR; i += PAIR) {
            even = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER)
                    .fma(fromMemorySegment(SPECIES, MEMORY, y + 4L * i, ORDER), even);
            odd = fromMemorySegment(SPECIES, MEMORY, x + 4L * i + STEP, ORDER)
                    .fma(fromMemorySegment(SPECIES, MEMORY, y + 4L * i + STEP, ORDER), odd);
        }
        for (; i < num; i += Lanes.WIDTH) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, num);
            even = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER, mask)
                    .fma(fromMemorySegment(SPECIES, MEMORY, y + 4L * i, ORDER, mask), even);
        }
        return Lanes.sum(even.add(odd));
    }

    /// `max x[i]`, negative infinity of nothing. The order does not matter to a maximum.
    ///
    /// Compared and blended, since `max` takes several instructions to order zeros and to keep NaN.
    /// Here the larger of two zeros is either, and a NaN is no maximum.
    static float max(long x, int num) {
        FloatVector most = broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER);
            most = most.blend(v, v.compare(VectorOperators.GT, most));
        }
        if (full < num) {
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + 4L * full, ORDER, mask);
            most = most.blend(v, v.compare(VectorOperators.GT, most, mask));
        }
        return Lanes.max(most);
    }

    /// In place `x[i] = e^(x[i]) / Σ e^(x[j])`.
    static void softmax(long x, int num) {
        float sum = ExpKernel.apply(x, max(x, num), x, num);
        Elementwise.scale(x, 1 / sum, x, num);
    }
}
