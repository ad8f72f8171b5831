package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Kernels whose element `i` depends on element `i` only. Input and output may be the same memory.
/// All arguments but counts and factors are addresses of floats.
final class Elementwise {
    private static final int STEP = 4 * Lanes.WIDTH;

    private Elementwise() {}

    /// `into[i] += source[i]`.
    static void add(long source, long into, int num) {
        sum(into, source, into, num);
    }

    /// `out[i] = a[i] + b[i]`.
    static void sum(long a, long b, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            fromMemorySegment(SPECIES, MEMORY, a + o, ORDER)
                    .add(fromMemorySegment(SPECIES, MEMORY, b + o, ORDER))
                    .intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < num) {
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            fromMemorySegment(SPECIES, MEMORY, a + end, ORDER, mask)
                    .add(fromMemorySegment(SPECIES, MEMORY, b + end, ORDER, mask))
                    .intoMemorySegment(MEMORY, out + end, ORDER, mask);
        }
    }

    /// `out[i] = x[i] * factor`.
    static void scale(long x, float factor, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            fromMemorySegment(SPECIES, MEMORY, x + o, ORDER).mul(factor).intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < num) {
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            fromMemorySegment(SPECIES, MEMORY, x + end, ORDER, mask)
                    .mul(factor)
                    .intoMemorySegment(MEMORY, out + end, ORDER, mask);
        }
    }

    /// `out[i] = x[i] * factors[i]`.
    static void multiply(long x, long factors, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            fromMemorySegment(SPECIES, MEMORY, x + o, ORDER)
                    .mul(fromMemorySegment(SPECIES, MEMORY, factors + o, ORDER))
                    .intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < num) {
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            fromMemorySegment(SPECIES, MEMORY, x + end, ORDER, mask)
                    .mul(fromMemorySegment(SPECIES, MEMORY, factors + end, ORDER, mask))
                    .intoMemorySegment(MEMORY, out + end, ORDER, mask);
        }
    }

    /// `out[i] = value`.
    static void fill(long out, float value, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            broadcast(SPECIES, value).intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < num) {
            broadcast(SPECIES, value).intoMemorySegment(MEMORY, out + end, ORDER, SPECIES.indexInRange(full, num));
        }
    }

    /// `out[i] = x[i]`.
    static void copy(long x, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            fromMemorySegment(SPECIES, MEMORY, x + o, ORDER).intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < num) {
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            fromMemorySegment(SPECIES, MEMORY, x + end, ORDER, mask).intoMemorySegment(MEMORY, out + end, ORDER, mask);
        }
    }

    /// `out[i] = residual[i] + (y[i] + bias[i])`.
    static void biasAdd(long y, long bias, long residual, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, y + o, ORDER)
                    .add(fromMemorySegment(SPECIES, MEMORY, bias + o, ORDER));
            v.add(fromMemorySegment(SPECIES, MEMORY, residual + o, ORDER)).intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < num) {
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, y + end, ORDER, mask)
                    .add(fromMemorySegment(SPECIES, MEMORY, bias + end, ORDER, mask));
            v.add(fromMemorySegment(SPECIES, MEMORY, residual + end, ORDER, mask))
                    .intoMemorySegment(MEMORY, out + end, ORDER, mask);
        }
    }

    /// `out[i] = residual[i] + (y[i] + bias[i]) * factors[i]`.
    static void biasDropoutAdd(long y, long bias, long factors, long residual, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, y + o, ORDER)
                    .add(fromMemorySegment(SPECIES, MEMORY, bias + o, ORDER));
            v.fma(
                            fromMemorySegment(SPECIES, MEMORY, factors + o, ORDER),
                            fromMemorySegment(SPECIES, MEMORY, residual + o, ORDER))
                    .intoMemorySegment(MEMORY, out + o, ORDER);
        }
        if (full < num) {
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, y + end, ORDER, mask)
                    .add(fromMemorySegment(SPECIES, MEMORY, bias + end, ORDER, mask));
            v = v.fma(
                    fromMemorySegment(SPECIES, MEMORY, factors + end, ORDER, mask),
                    fromMemorySegment(SPECIES, MEMORY, residual + end, ORDER, mask));
            v.intoMemorySegment(MEMORY, out + end, ORDER, mask);
        }
    }

    /// `x[i] = (x[i] + row[i]) * factors[i]`.
    static void addDropout(long row, long factors, long x, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + o, ORDER)
                    .add(fromMemorySegment(SPECIES, MEMORY, row + o, ORDER));
            v.mul(fromMemorySegment(SPECIES, MEMORY, factors + o, ORDER)).intoMemorySegment(MEMORY, x + o, ORDER);
        }
        if (full < num) {
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + end, ORDER, mask)
                    .add(fromMemorySegment(SPECIES, MEMORY, row + end, ORDER, mask));
            v.mul(fromMemorySegment(SPECIES, MEMORY, factors + end, ORDER, mask))
                    .intoMemorySegment(MEMORY, x + end, ORDER, mask);
        }
    }
}
