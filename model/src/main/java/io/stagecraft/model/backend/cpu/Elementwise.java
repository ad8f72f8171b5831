package io.stagecraft.model.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Kernels whose element `i` depends on element `i` only. Input and output may be the same memory. All
/// arguments but counts and factors are addresses of floats.
final class Elementwise {
    private static final int STEP = 4 * Lanes.WIDTH;

    private Elementwise() {}

    /// `into[i] += source[i]`.
    static void add(long source, long into, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            Lanes.store(Lanes.load(into + o).add(Lanes.load(source + o)), into + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.mask(full, num);
            Lanes.store(Lanes.load(into + end, mask).add(Lanes.load(source + end, mask)), into + end, mask);
        }
    }

    /// `out[i] = x[i] * factor`.
    static void scale(long x, float factor, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            Lanes.store(Lanes.load(x + o).mul(factor), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.mask(full, num);
            Lanes.store(Lanes.load(x + end, mask).mul(factor), out + end, mask);
        }
    }

    /// `out[i] = x[i] * factors[i]`.
    static void multiply(long x, long factors, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            Lanes.store(Lanes.load(x + o).mul(Lanes.load(factors + o)), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.mask(full, num);
            Lanes.store(Lanes.load(x + end, mask).mul(Lanes.load(factors + end, mask)), out + end, mask);
        }
    }

    /// `out[i] = value`.
    static void fill(long out, float value, int num) {
        FloatVector v = Lanes.all(value);
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            Lanes.store(v, out + o);
        }
        if (full < num) {
            Lanes.store(v, out + end, Lanes.mask(full, num));
        }
    }

    /// `out[i] = x[i]`.
    static void copy(long x, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            Lanes.store(Lanes.load(x + o), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.mask(full, num);
            Lanes.store(Lanes.load(x + end, mask), out + end, mask);
        }
    }

    /// `out[i] = residual[i] + (y[i] + bias[i])`.
    static void biasAdd(long y, long bias, long residual, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            FloatVector v = Lanes.load(y + o).add(Lanes.load(bias + o));
            Lanes.store(v.add(Lanes.load(residual + o)), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector v = Lanes.load(y + end, mask).add(Lanes.load(bias + end, mask));
            Lanes.store(v.add(Lanes.load(residual + end, mask)), out + end, mask);
        }
    }

    /// `out[i] = residual[i] + (y[i] + bias[i]) * factors[i]`.
    static void biasDropoutAdd(long y, long bias, long factors, long residual, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            FloatVector v = Lanes.load(y + o).add(Lanes.load(bias + o));
            Lanes.store(v.fma(Lanes.load(factors + o), Lanes.load(residual + o)), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector v = Lanes.load(y + end, mask).add(Lanes.load(bias + end, mask));
            v = v.fma(Lanes.load(factors + end, mask), Lanes.load(residual + end, mask));
            Lanes.store(v, out + end, mask);
        }
    }

    /// `x[i] = (x[i] + row[i]) * factors[i]`.
    static void addDropout(long row, long factors, long x, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            FloatVector v = Lanes.load(x + o).add(Lanes.load(row + o));
            Lanes.store(v.mul(Lanes.load(factors + o)), x + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector v = Lanes.load(x + end, mask).add(Lanes.load(row + end, mask));
            Lanes.store(v.mul(Lanes.load(factors + end, mask)), x + end, mask);
        }
    }
}
