package io.stagecraft.model.backend.cpu;

/// Matrix products of one rank. Sizes must fit: nothing is checked.
///
/// Thread: the rank's.
sealed interface Gemm extends AutoCloseable permits BlasGemm, TileGemm {
    /// `c = alpha a b + beta c`, `beta` 0 or 1; `c` may not overlap `a` or `b`.
    void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c);

    /// `c = a b + bias` in each row; `bias` is the address of as many floats as `c` has columns.
    void multiplyAddBias(Matrix a, Matrix b, long bias, Matrix c);

    /// The next product brings `num` rows of `next` from `firstRow` on near the processor while it
    /// computes, as far as there is time and it knows how to.
    void fetch(Matrix next, int firstRow, int num);

    @Override
    void close();
}
