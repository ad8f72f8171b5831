package io.stagecraft.model.backend.cpu;

/// Sums of floats in double: four chains of scalars, which keep up with memory.
final class DoubleSums {
    private DoubleSums() {}

    /// `Σ x[i]²` of `num` floats at `x`: pieces of [Pieces#SIZE] elements one by one, their sums in
    /// ascending order.
    static double squares(long x, long num) {
        double total = 0;
        for (long from = 0; from < num; from += Pieces.SIZE) {
            total += squaresOfPiece(x + 4 * from, Pieces.at(from, num));
        }
        return total;
    }

    private static double squaresOfPiece(long x, int num) {
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
