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
            Lanes.store(Lanes.loadWide(into + o).add(Lanes.loadWide(source + o)), into + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            Lanes.store(Lanes.loadWide(into + end, mask).add(Lanes.loadWide(source + end, mask)), into + end, mask);
        }
    }

    /// `out[i] = x[i] * factor`.
    static void scale(long x, float factor, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            Lanes.store(Lanes.loadWide(x + o).mul(factor), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            Lanes.store(Lanes.loadWide(x + end, mask).mul(factor), out + end, mask);
        }
    }

    /// `out[i] = x[i] * factors[i]`.
    static void multiply(long x, long factors, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            Lanes.store(Lanes.loadWide(x + o).mul(Lanes.loadWide(factors + o)), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            Lanes.store(Lanes.loadWide(x + end, mask).mul(Lanes.loadWide(factors + end, mask)), out + end, mask);
        }
    }

    /// `out[i] = value`.
    static void fill(long out, float value, int num) {
        FloatVector v = Lanes.wide(value);
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            Lanes.store(v, out + o);
        }
        if (full < num) {
            Lanes.store(v, out + end, Lanes.wideMask(full, num));
        }
    }

    /// `out[i] = x[i]`.
    static void copy(long x, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            Lanes.store(Lanes.loadWide(x + o), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            Lanes.store(Lanes.loadWide(x + end, mask), out + end, mask);
        }
    }

    /// `out[i] = residual[i] + (y[i] + bias[i])`.
    static void biasAdd(long y, long bias, long residual, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            FloatVector v = Lanes.loadWide(y + o).add(Lanes.loadWide(bias + o));
            Lanes.store(v.add(Lanes.loadWide(residual + o)), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            FloatVector v = Lanes.loadWide(y + end, mask).add(Lanes.loadWide(bias + end, mask));
            Lanes.store(v.add(Lanes.loadWide(residual + end, mask)), out + end, mask);
        }
    }

    /// `out[i] = residual[i] + (y[i] + bias[i]) * factors[i]`.
    static void biasDropoutAdd(long y, long bias, long factors, long residual, long out, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            FloatVector v = Lanes.loadWide(y + o).add(Lanes.loadWide(bias + o));
            Lanes.store(v.fma(Lanes.loadWide(factors + o), Lanes.loadWide(residual + o)), out + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            FloatVector v = Lanes.loadWide(y + end, mask).add(Lanes.loadWide(bias + end, mask));
            v = v.fma(Lanes.loadWide(factors + end, mask), Lanes.loadWide(residual + end, mask));
            Lanes.store(v, out + end, mask);
        }
    }

    /// `x[i] = (x[i] + row[i]) * factors[i]`.
    static void addDropout(long row, long factors, long x, int num) {
        int full = num - num % Lanes.WIDTH;
        long end = 4L * full;
        for (long o = 0; o < end; o += STEP) {
            FloatVector v = Lanes.loadWide(x + o).add(Lanes.loadWide(row + o));
            Lanes.store(v.mul(Lanes.loadWide(factors + o)), x + o);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            FloatVector v = Lanes.loadWide(x + end, mask).add(Lanes.loadWide(row + end, mask));
            Lanes.store(v.mul(Lanes.loadWide(factors + end, mask)), x + end, mask);
        }
    }
}
