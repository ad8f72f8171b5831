package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Gelu;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// GELU and its derivative over rows of floats; arguments but counts are addresses.
///
/// The tanh form is `x σ(2u)` with `u = sqrt(2/π) (x + 0.044715 x³)`, since `(1 + tanh u) / 2 = σ(2u)`.
/// The erf form takes `Φ(x) = erfc(-x / √2) / 2`.
final class GeluKernels {
    private static final float A = 2 * 0.7978845608f;
    private static final float B = A * 0.044715f;
    private static final float SQRT_HALF = 0.70710678f;
    private static final float INVERSE_SQRT_2_PI = 0.39894228f;

    private GeluKernels() {}

    /// `y[i] = gelu(x[i])`.
    static void forward(Gelu gelu, long x, long y, int num) {
        switch (gelu) {
            case TANH -> tanhForward(x, y, num);
            case ERF -> erfForward(x, y, num);
        }
    }

    /// `dX[i] = dY[i] * gelu'(x[i])`, `sums[i] += dX[i]`; `dX` may be `dY`.
    static void backward(Gelu gelu, long x, long dY, long dX, long sums, int num) {
        switch (gelu) {
            case TANH -> tanhBackward(x, dY, dX, sums, num);
            case ERF -> erfBackward(x, dY, dX, sums, num);
        }
    }

    private static void tanhForward(long x, long y, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            FloatVector v = Lanes.loadWide(x + 4L * i);
            Lanes.store(v.mul(sigmoid(v)), y + 4L * i);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            FloatVector v = Lanes.loadWide(x + 4L * full, mask);
            Lanes.store(v.mul(sigmoid(v)), y + 4L * full, mask);
        }
    }

    private static void erfForward(long x, long y, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            FloatVector v = Lanes.loadWide(x + 4L * i);
            Lanes.store(v.mul(normalCdf(v, gauss(v))), y + 4L * i);
        }
        if (full < num) {
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            FloatVector v = Lanes.loadWide(x + 4L * full, mask);
            Lanes.store(v.mul(normalCdf(v, gauss(v))), y + 4L * full, mask);
        }
    }

    private static void tanhBackward(long x, long dY, long dX, long sums, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector d = tanhDerivative(Lanes.loadWide(x + o)).mul(Lanes.loadWide(dY + o));
            Lanes.store(d, dX + o);
            Lanes.store(Lanes.loadWide(sums + o).add(d), sums + o);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            FloatVector d = tanhDerivative(Lanes.loadWide(x + o, mask)).mul(Lanes.loadWide(dY + o, mask));
            Lanes.store(d, dX + o, mask);
            Lanes.store(Lanes.loadWide(sums + o, mask).add(d), sums + o, mask);
        }
    }

    private static void erfBackward(long x, long dY, long dX, long sums, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector d = erfDerivative(Lanes.loadWide(x + o)).mul(Lanes.loadWide(dY + o));
            Lanes.store(d, dX + o);
            Lanes.store(Lanes.loadWide(sums + o).add(d), sums + o);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = Lanes.wideMask(full, num);
            FloatVector d = erfDerivative(Lanes.loadWide(x + o, mask)).mul(Lanes.loadWide(dY + o, mask));
            Lanes.store(d, dX + o, mask);
            Lanes.store(Lanes.loadWide(sums + o, mask).add(d), sums + o, mask);
        }
    }

    /// `σ(2u)`.
    private static FloatVector sigmoid(FloatVector x) {
        FloatVector minus2u = x.mul(x).fma(Lanes.wide(-B), Lanes.wide(-A)).mul(x);
        return Lanes.wide(1f)
                .div(ExpPolynomial.exp(Lanes.WIDE, minus2u.min(87f)).add(1f));
    }

    /// `σ + x σ (1 - σ) 2u'`.
    private static FloatVector tanhDerivative(FloatVector x) {
        FloatVector s = sigmoid(x);
        FloatVector slope = x.mul(x).fma(Lanes.wide(3 * B), Lanes.wide(A)).mul(x);
        return s.mul(Lanes.wide(1f).sub(s)).fma(slope, s);
    }

    /// `e^(-x²/2)`.
    private static FloatVector gauss(FloatVector x) {
        return ExpPolynomial.exp(Lanes.WIDE, x.mul(x).mul(-0.5f));
    }

    private static FloatVector normalCdf(FloatVector x, FloatVector gauss) {
        FloatVector half =
                ExpPolynomial.erfc(Lanes.WIDE, x.abs().mul(SQRT_HALF), gauss).mul(0.5f);
        return half.blend(Lanes.wide(1f).sub(half), x.compare(VectorOperators.GT, 0f));
    }

    /// `Φ(x) + x φ(x)`.
    private static FloatVector erfDerivative(FloatVector x) {
        FloatVector gauss = gauss(x);
        return x.mul(INVERSE_SQRT_2_PI).fma(gauss, normalCdf(x, gauss));
    }
}
