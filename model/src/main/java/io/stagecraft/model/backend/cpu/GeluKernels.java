package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.stagecraft.model.backend.Gelu;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// GELU and its derivative over pieces that fit the first-level cache; arguments but counts are
/// addresses. The loops know full vectors only: a rest is copied into a vector of its own.
///
/// The tanh form is `x σ(2u)` with `u = sqrt(2/π) (x + 0.044715 x³)`, since
/// `(1 + tanh u) / 2 = σ(2u)`, in one pass with the exponential of [ExpKernel] written out: its
/// division and the exponential's multiplications overlap.
///
/// The erf form takes `Φ(x) = erfc(-x / √2) / 2`, in short passes around the exponential;
/// `erfc(z) e^(z²) / t` is a minimax fit of degree 6 in `t = 1 / (1 + 0.45 z)` made for this class,
/// absolute error of erfc 3e-8.
final class GeluKernels {
    /// Elements that a call should have at most: three arrays of them fit 32 KiB.
    static final int MOST = 2048;

    /// Two arrays of [#MOST] floats, and two vectors for a rest.
    static final long SCRATCH_BYTES = 4L * (2 * MOST + 2 * Lanes.WIDTH);

    private static final long REST = 8L * MOST;

    private static final float A = 2 * 0.7978845608f;
    private static final float B = A * 0.044715f;
    private static final float SQRT_HALF = 0.70710678f;
    private static final float INVERSE_SQRT_2_PI = 0.39894228f;
    private static final float P = 0.45f;
    private static final float P0 = 0.25898972f;
    private static final float P1 = 0.20100905f;
    private static final float P2 = 0.46017176f;
    private static final float P3 = -0.3758047f;
    private static final float P4 = 0.8571697f;
    private static final float P5 = -0.49410528f;
    private static final float P6 = 0.09256984f;

    private GeluKernels() {}

    /// `y[i] = gelu(x[i])` of `num <= MOST` elements; `y` is not `x`; `scratch` has
    /// [#SCRATCH_BYTES].
    static void forward(Gelu gelu, long x, long y, long scratch, int num) {
        int full = num - num % Lanes.WIDTH;
        forwardFull(gelu, x, y, full);
        if (full < num) {
            long rest = scratch + REST;
            Elementwise.copy(x + 4L * full, rest, num - full);
            forwardFull(gelu, rest, scratch, Lanes.WIDTH);
            Elementwise.copy(scratch, y + 4L * full, num - full);
        }
    }

    /// `dX[i] = dY[i] * gelu'(x[i])` of `num <= MOST` elements; `dX` may be `dY`; `scratch` has
    /// [#SCRATCH_BYTES].
    static void backward(Gelu gelu, long x, long dY, long dX, long scratch, int num) {
        int full = num - num % Lanes.WIDTH;
        backwardFull(gelu, x, dY, dX, scratch, full);
        if (full < num) {
            long rest = scratch + REST;
            long gradient = rest + 4L * Lanes.WIDTH;
            Elementwise.copy(x + 4L * full, rest, num - full);
            Elementwise.copy(dY + 4L * full, gradient, num - full);
            backwardFull(gelu, rest, gradient, gradient, scratch, Lanes.WIDTH);
            Elementwise.copy(gradient, dX + 4L * full, num - full);
        }
    }

    private static void forwardFull(Gelu gelu, long x, long y, int num) {
        switch (gelu) {
            case TANH -> {
                tanhForward(x, y, num);
            }
            case ERF -> {
                minusHalfSquare(x, y, num);
                ExpKernel.apply(y, 0, y, num);
                normalCdf(x, y, y, num);
                Elementwise.multiply(x, y, y, num);
            }
        }
    }

    private static void backwardFull(Gelu gelu, long x, long dY, long dX, long scratch, int num) {
        switch (gelu) {
            case TANH -> {
                tanhBackward(x, dY, dX, num);
            }
            case ERF -> {
                minusHalfSquare(x, scratch, num);
                ExpKernel.apply(scratch, 0, scratch, num);
                normalCdf(x, scratch, scratch + 4L * num, num);
                erfBackward(x, scratch, dY, dX, num);
            }
        }
    }

    /// `y = x / (1 + e^(-2u))`, with the exponential of [ExpKernel] in the middle.
    private static void tanhForward(long x, long y, int num) {
        for (int i = 0; i < num; i += Lanes.WIDTH) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER);
            FloatVector z =
                    v.mul(v).fma(broadcast(SPECIES, -B), broadcast(SPECIES, -A)).mul(v);
            z = z.blend(ExpKernel.LEAST, z.compare(VectorOperators.LT, ExpKernel.LEAST));
            z = z.blend(ExpKernel.MOST, z.compare(VectorOperators.GT, ExpKernel.MOST));
            FloatVector shifted = z.fma(broadcast(SPECIES, ExpKernel.LOG2_E), broadcast(SPECIES, ExpKernel.ROUND));
            FloatVector n = shifted.sub(ExpKernel.ROUND);
            FloatVector r =
                    n.fma(broadcast(SPECIES, -ExpKernel.LN2_LOW), n.fma(broadcast(SPECIES, -ExpKernel.LN2_HIGH), z));
            FloatVector p = r.fma(broadcast(SPECIES, ExpKernel.E6), broadcast(SPECIES, ExpKernel.E5))
                    .fma(r, broadcast(SPECIES, ExpKernel.E4))
                    .fma(r, broadcast(SPECIES, ExpKernel.E3))
                    .fma(r, broadcast(SPECIES, ExpKernel.E2));
            p = p.fma(r.mul(r), r.add(1f));
            IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            FloatVector e = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
            v.div(e.add(1f)).intoMemorySegment(MEMORY, y + 4L * i, ORDER);
        }
    }

    /// `dX = dY (σ + x σ (1 - σ) 2u')` with `σ = 1 / (1 + e^(-2u))`, as in [#tanhForward].
    private static void tanhBackward(long x, long dY, long dX, int num) {
        for (int i = 0; i < num; i += Lanes.WIDTH) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER);
            FloatVector square = v.mul(v);
            FloatVector z =
                    square.fma(broadcast(SPECIES, -B), broadcast(SPECIES, -A)).mul(v);
            z = z.blend(ExpKernel.LEAST, z.compare(VectorOperators.LT, ExpKernel.LEAST));
            z = z.blend(ExpKernel.MOST, z.compare(VectorOperators.GT, ExpKernel.MOST));
            FloatVector shifted = z.fma(broadcast(SPECIES, ExpKernel.LOG2_E), broadcast(SPECIES, ExpKernel.ROUND));
            FloatVector n = shifted.sub(ExpKernel.ROUND);
            FloatVector r =
                    n.fma(broadcast(SPECIES, -ExpKernel.LN2_LOW), n.fma(broadcast(SPECIES, -ExpKernel.LN2_HIGH), z));
            FloatVector p = r.fma(broadcast(SPECIES, ExpKernel.E6), broadcast(SPECIES, ExpKernel.E5))
                    .fma(r, broadcast(SPECIES, ExpKernel.E4))
                    .fma(r, broadcast(SPECIES, ExpKernel.E3))
                    .fma(r, broadcast(SPECIES, ExpKernel.E2));
            p = p.fma(r.mul(r), r.add(1f));
            IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            FloatVector e = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
            FloatVector one = broadcast(SPECIES, 1);
            FloatVector s = one.div(e.add(one));
            FloatVector slope =
                    square.fma(broadcast(SPECIES, 3 * B), broadcast(SPECIES, A)).mul(v);
            FloatVector d = s.mul(one.sub(s)).fma(slope, s).mul(fromMemorySegment(SPECIES, MEMORY, dY + 4L * i, ORDER));
            d.intoMemorySegment(MEMORY, dX + 4L * i, ORDER);
        }
    }

    private static void minusHalfSquare(long x, long out, int num) {
        for (int i = 0; i < num; i += Lanes.WIDTH) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER);
            v.mul(v).mul(-0.5f).intoMemorySegment(MEMORY, out + 4L * i, ORDER);
        }
    }

    /// `out = Φ(x)`, given `gauss = e^(-x²/2)`; `out` may be `gauss`.
    private static void normalCdf(long x, long gauss, long out, int num) {
        for (int i = 0; i < num; i += Lanes.WIDTH) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER);
            FloatVector one = broadcast(SPECIES, 1);
            FloatVector t = one.div(v.abs().mul(SQRT_HALF).fma(broadcast(SPECIES, P), one));
            FloatVector sum = t.fma(broadcast(SPECIES, P6), broadcast(SPECIES, P5))
                    .fma(t, broadcast(SPECIES, P4))
                    .fma(t, broadcast(SPECIES, P3));
            sum = sum.fma(t, broadcast(SPECIES, P2))
                    .fma(t, broadcast(SPECIES, P1))
                    .fma(t, broadcast(SPECIES, P0))
                    .mul(t);
            FloatVector half = sum.mul(fromMemorySegment(SPECIES, MEMORY, gauss + 4L * i, ORDER))
                    .mul(0.5f);
            FloatVector cdf = half.blend(one.sub(half), v.compare(VectorOperators.GT, 0f));
            cdf.intoMemorySegment(MEMORY, out + 4L * i, ORDER);
        }
    }

    /// `dX = dY (Φ(x) + x φ(x))`; `Φ` lies behind the `num` elements of `gauss`.
    private static void erfBackward(long x, long gauss, long dY, long dX, int num) {
        for (int i = 0; i < num; i += Lanes.WIDTH) {
            FloatVector v =
                    fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER).mul(INVERSE_SQRT_2_PI);
            FloatVector cdf = fromMemorySegment(SPECIES, MEMORY, gauss + 4L * num + 4L * i, ORDER);
            FloatVector slope = v.fma(fromMemorySegment(SPECIES, MEMORY, gauss + 4L * i, ORDER), cdf);
            slope.mul(fromMemorySegment(SPECIES, MEMORY, dY + 4L * i, ORDER))
                    .intoMemorySegment(MEMORY, dX + 4L * i, ORDER);
        }
    }
}
