package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.tensor.Tensor;

/// Both GELUs and their derivatives.
final class ScalarGelu {
    private static final double SQRT_2_OVER_PI = 0.7978845608028654;
    private static final double CUBIC = 0.044715;
    private static final double SERIES_LIMIT = 3;

    private ScalarGelu() {}

    static double value(Gelu gelu, double x) {
        return switch (gelu) {
            case TANH -> 0.5 * x * (1 + tanhPart(x));
            case ERF -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
        };
    }

    static double derivative(Gelu gelu, double x) {
        return switch (gelu) {
            case TANH -> {
                double t = tanhPart(x);
                double inner = SQRT_2_OVER_PI * (1 + 3 * CUBIC * x * x);
                yield 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
            }
            case ERF -> 0.5 * (1 + erf(x / Math.sqrt(2))) + x * StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        };
    }

    static void backward(Gelu gelu, Tensor dOut, Tensor preactivation, Tensor dPre, Tensor dBias) {
        var dO = Values.of(dOut);
        var pre = Values.of(preactivation);
        var dP = Values.of(dPre);
        var dB = Values.of(dBias);
        long columns = dOut.shape().last();
        for (long c = 0; c < columns; c++) {
            double sum = 0;
            for (long r = 0; r < dOut.shape().rows(); r++) {
                long i = r * columns + c;
                double d = dO.get(i) * derivative(gelu, pre.get(i));
                dP.set(i, d);
                sum += d;
            }
            dB.add(c, sum);
        }
    }

    private static double tanhPart(double x) {
        return StrictMath.tanh(SQRT_2_OVER_PI * x * (1 + CUBIC * x * x));
    }

    /// Error function to a few units of the last place: a series of positive terms near 0, the
    /// continued fraction of `1 - erf` far from it (Abramowitz and Stegun, 7.1.6 and 7.1.14).
    static double erf(double x) {
        double z = Math.abs(x);
        double result = z < SERIES_LIMIT ? erfSeries(z) : 1 - erfcFraction(z);
        return x < 0 ? -result : result;
    }

    private static double erfSeries(double z) {
        double term = z;
        double sum = z;
        for (int n = 1; term > sum * 1e-18; n++) {
            term *= 2 * z * z / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * StrictMath.exp(-z * z) * sum;
    }

    private static double erfcFraction(double z) {
        double tail = z;
        for (int n = 60; n >= 1; n--) {
            tail = z + n / 2.0 / tail;
        }
        return StrictMath.exp(-z * z) / Math.sqrt(Math.PI) / tail;
    }
}
