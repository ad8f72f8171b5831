package io.stagecraft.model.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// `e^x` and the complementary error function by multiply and add only: the same bits in the interpreter
/// and in compiled code, which `lanewise(EXP)` does not give.
///
/// The coefficients are minimax fits made for this class: `(e^r - 1 - r) / r²` of degree 4 on `|r| <=
/// ln(2)/2` (relative error of the exponential 4e-9 before rounding), and `erfc(z) e^(z²) / t` of
/// degree 6 in `t = 1 / (1 + 0.45 z)` (absolute error of erfc 3e-8).
final class ExpPolynomial {
    private static final float LOG2_E = 1.442695f;
    /// Adding and subtracting 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
    private static final float ROUND = 12582912f;
    /// ln 2 in two parts, the first exact in 10 bits, so that n * LN2_HIGH is exact.
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.1219444e-4f;

    private static final float E2 = 0.49999994f;
    private static final float E3 = 0.16666521f;
    private static final float E4 = 0.04166839f;
    private static final float E5 = 0.008368724f;
    private static final float E6 = 0.0013814584f;

    private static final float P = 0.45f;
    private static final float P0 = 0.25898972f;
    private static final float P1 = 0.20100905f;
    private static final float P2 = 0.46017176f;
    private static final float P3 = -0.3758047f;
    private static final float P4 = 0.8571697f;
    private static final float P5 = -0.49410528f;
    private static final float P6 = 0.09256984f;

    private ExpPolynomial() {}

    /// `e^x` for `x <= 88`; below -87 it stays at `e^-87`, about 1e-38. `species` is `x`'s.
    static FloatVector exp(VectorSpecies<Float> species, FloatVector x) {
        FloatVector clamped = x.max(-87f);
        FloatVector shifted = clamped.fma(splat(species, LOG2_E), splat(species, ROUND));
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(splat(species, -LN2_HIGH), clamped);
        r = n.fma(splat(species, -LN2_LOW), r);
        FloatVector p = r.fma(splat(species, E6), splat(species, E5));
        p = p.fma(r, splat(species, E4));
        p = p.fma(r, splat(species, E3));
        p = p.fma(r, splat(species, E2));
        p = p.fma(r.mul(r), r.add(1f));
        return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    }

    /// `erfc(z)` for `z >= 0`, given `e^(-z²)`. `species` is `z`'s.
    static FloatVector erfc(VectorSpecies<Float> species, FloatVector z, FloatVector expOfMinusSquare) {
        FloatVector t = splat(species, 1f).div(z.fma(splat(species, P), splat(species, 1f)));
        FloatVector p = t.fma(splat(species, P6), splat(species, P5));
        p = p.fma(t, splat(species, P4));
        p = p.fma(t, splat(species, P3));
        p = p.fma(t, splat(species, P2));
        p = p.fma(t, splat(species, P1));
        p = p.fma(t, splat(species, P0));
        return p.mul(t).mul(expOfMinusSquare);
    }

    private static FloatVector splat(VectorSpecies<Float> species, float value) {
        return FloatVector.broadcast(species, value);
    }
}
