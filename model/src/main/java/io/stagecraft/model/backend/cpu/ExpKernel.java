package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// `e^x` over an array by multiply and add only: the same bits in the interpreter and in compiled
/// code, which `lanewise(EXP)` does not give.
///
/// The coefficients are a minimax fit made for this class: `(e^r - 1 - r) / r²` of degree 4 on
/// `|r| <= ln(2)/2`, relative error of the exponential 4e-9 before rounding.
///
/// A pass over memory of its own, not a function of a vector: a function of this size is inlined or
/// not by the order in which methods happen to be compiled, and where it is not, every vector is
/// boxed.
final class ExpKernel {
    /// Below this the result stays at e^-87, about 1e-38.
    static final float LEAST = -87f;
    /// Above this it stays at e^88; e^88.8 overflows.
    static final float MOST = 88f;

    static final float LOG2_E = 1.442695f;
    /// Adding and subtracting 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
    static final float ROUND = 12582912f;
    /// ln 2 in two parts, the first exact in 10 bits, so that n * LN2_HIGH is exact.
    static final float LN2_HIGH = 0.693359375f;

    static final float LN2_LOW = -2.1219444e-4f;
    static final float E2 = 0.49999994f;
    static final float E3 = 0.16666521f;
    static final float E4 = 0.04166839f;
    static final float E5 = 0.008368724f;
    static final float E6 = 0.0013814584f;

    private ExpKernel() {}

    /// `out[i] = e^(x[i] - shift)`; `x` and `out` are addresses and may be equal. Answers the sum:
    /// vectors in their order, then the lanes as [Lanes#sum] says.
    static float apply(long x, float shift, long out, int num) {
        FloatVector sum = broadcast(SPECIES, 0);
        for (int i = 0; i < num; i += Lanes.WIDTH) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, num);
            FloatVector v =
                    fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER, mask).sub(shift);
            v = v.blend(LEAST, v.compare(VectorOperators.LT, LEAST));
            v = v.blend(MOST, v.compare(VectorOperators.GT, MOST));
            FloatVector shifted = v.fma(broadcast(SPECIES, LOG2_E), broadcast(SPECIES, ROUND));
            FloatVector n = shifted.sub(ROUND);
            FloatVector r = n.fma(broadcast(SPECIES, -LN2_LOW), n.fma(broadcast(SPECIES, -LN2_HIGH), v));
            FloatVector p = r.fma(broadcast(SPECIES, E6), broadcast(SPECIES, E5))
                    .fma(r, broadcast(SPECIES, E4))
                    .fma(r, broadcast(SPECIES, E3))
                    .fma(r, broadcast(SPECIES, E2));
            p = p.fma(r.mul(r), r.add(1f));
            IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            FloatVector e = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
            e.intoMemorySegment(MEMORY, out + 4L * i, ORDER, mask);
            sum = sum.add(broadcast(SPECIES, 0).blend(e, mask));
        }
        return Lanes.sum(sum);
    }
}
