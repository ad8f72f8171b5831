package io.stagecraft.model.backend.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Sums of floats in double.
final class DoubleSums {
    private static final VectorSpecies<Float> FOUR_FLOATS = FloatVector.SPECIES_128;
    private static final VectorSpecies<Double> FOUR = DoubleVector.SPECIES_256;
    /// Elements of a block: each block is summed by itself, the sums of blocks in ascending order.
    private static final int BLOCK = 4096;

    private DoubleSums() {}

    /// `Σ x[i]²` of `num` floats at `x`.
    static double squares(long x, long num) {
        double total = 0;
        for (long from = 0; from < num; from += BLOCK) {
            total += squaresOfBlock(x + 4 * from, (int) Math.min(BLOCK, num - from));
        }
        return total;
    }

    private static double squaresOfBlock(long x, int num) {
        DoubleVector a = DoubleVector.zero(FOUR);
        DoubleVector b = DoubleVector.zero(FOUR);
        DoubleVector c = DoubleVector.zero(FOUR);
        DoubleVector d = DoubleVector.zero(FOUR);
        int i = 0;
        for (; i <= num - 16; i += 16) {
            DoubleVector p = load(x + 4L * i);
            DoubleVector q = load(x + 4L * i + 16);
            DoubleVector r = load(x + 4L * i + 32);
            DoubleVector s = load(x + 4L * i + 48);
            a = p.fma(p, a);
            b = q.fma(q, b);
            c = r.fma(r, c);
            d = s.fma(s, d);
        }
        double rest = 0;
        for (; i < num; i++) {
            double v = Lanes.get(x + 4L * i);
            rest = Math.fma(v, v, rest);
        }
        DoubleVector sum = a.add(b).add(c.add(d));
        return ((sum.lane(0) + sum.lane(2)) + (sum.lane(1) + sum.lane(3))) + rest;
    }

    private static DoubleVector load(long address) {
        FloatVector v = FloatVector.fromMemorySegment(FOUR_FLOATS, Lanes.MEMORY, address, ByteOrder.nativeOrder());
        return (DoubleVector) v.convertShape(VectorOperators.F2D, FOUR, 0);
    }
}
