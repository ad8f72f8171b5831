package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Backend;

/// Sums of floats in double: four chains of scalars, which keep up with memory.
final class DoubleSums {
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
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i <= num - 4; i += 4) {
            double p = Lanes.get(x + 4L * i);
            double q = Lanes.get(x + 4L * i + 4);
            double r = Lanes.get(x + 4L * i + 8);
            double s = Lanes.get(x + 4L * i + 12);
            a = Math.fma(p, p, a);
            b = Math.fma(q, q, b);
            c = Math.fma(r, r, c);
            d = Math.fma(s, s, d);
        }
        for (; i < num; i++) {
            double p = Lanes.get(x + 4L * i);
            a = Math.fma(p, p, a);
        }
        return (a + b) + (c + d);
    }
}
