package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.stagecraft.model.backend.Backend;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Sums of floats in double. A sum adds four chains of vectors, each of every fourth half of a
/// float vector, then the chains, then the lanes from the first on, then what is left one by one:
/// an order that depends on the length and on the machine's registers only.
final class DoubleSums {
    private static final VectorSpecies<Double> DOUBLES =
            Lanes.WIDTH > 8 ? DoubleVector.SPECIES_512 : DoubleVector.SPECIES_256;
    /// The upper half of a vector of floats to its lower half.
    private static final VectorShuffle<Float> UPPER =
            VectorShuffle.fromOp(SPECIES, i -> (i + Lanes.WIDTH / 2) % Lanes.WIDTH);

    private static final int PAIR = 2 * Lanes.WIDTH;
    private static final long STEP = 4L * Lanes.WIDTH;

    private DoubleSums() {}

    /// `Σ x[i]²` of each block of [Backend#SQUARES_BLOCK] of the `num` floats at `x`, as doubles at
    /// `sums`.
    static void squares(long x, long num, long sums) {
        for (long from = 0; from < num; from += Backend.SQUARES_BLOCK) {
            long block = from / Backend.SQUARES_BLOCK;
            int length = (int) Math.min(Backend.SQUARES_BLOCK, num - from);
            Lanes.setDouble(sums + 8 * block, squaresOfBlock(x + 4 * from, length));
        }
    }

    /// `Σ x[i]²` of the `num` floats of one block.
    static double squaresOfBlock(long x, int num) {
        int full = num - num % PAIR;
        double sum = squaresOfPairs(x, full);
        for (int i = full; i < num; i++) {
            double p = Lanes.get(x + 4L * i);
            sum = Math.fma(p, p, sum);
        }
        return sum;
    }

    private static double squaresOfPairs(long x, int num) {
        DoubleVector a = DoubleVector.zero(DOUBLES);
        DoubleVector b = DoubleVector.zero(DOUBLES);
        DoubleVector c = DoubleVector.zero(DOUBLES);
        DoubleVector d = DoubleVector.zero(DOUBLES);
        for (int i = 0; i < num; i += PAIR) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER);
            FloatVector w = fromMemorySegment(SPECIES, MEMORY, x + 4L * i + STEP, ORDER);
            DoubleVector p = (DoubleVector) v.convertShape(VectorOperators.F2D, DOUBLES, 0);
            DoubleVector q = (DoubleVector) v.rearrange(UPPER).convertShape(VectorOperators.F2D, DOUBLES, 0);
            DoubleVector r = (DoubleVector) w.convertShape(VectorOperators.F2D, DOUBLES, 0);
            DoubleVector s = (DoubleVector) w.rearrange(UPPER).convertShape(VectorOperators.F2D, DOUBLES, 0);
            a = p.fma(p, a);
            b = q.fma(q, b);
            c = r.fma(r, c);
            d = s.fma(s, d);
        }
        DoubleVector lanes = a.add(b).add(c.add(d));
        double sum = 0;
        for (int lane = 0; lane < DOUBLES.length(); lane++) {
            sum += lanes.lane(lane);
        }
        return sum;
    }
}
