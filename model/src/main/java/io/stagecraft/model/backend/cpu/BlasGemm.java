package io.stagecraft.model.backend.cpu;

/// Products by a BLAS.
record BlasGemm(Blas blas) implements Gemm {
    @Override
    public void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        blas.sgemm(alpha, a, b, beta, c);
    }

    /// The bias is written first and the product added to it: a BLAS that adds reads `c` anyway.
    @Override
    public void multiplyAddBias(Matrix a, Matrix b, long bias, Matrix c) {
        for (int r = 0; r < c.rows(); r++) {
            Elementwise.copy(bias, c.address() + 4L * r * c.leadingDimension(), c.columns());
        }
        blas.sgemm(1, a, b, 1, c);
    }

    @Override
    public void fetch(Matrix next, int firstRow, int num) {
        // a BLAS cannot be asked
    }

    @Override
    public void close() {
        // the library belongs to the runtime
    }
}
