package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.tensor.Tensor;

/// Matrix products and their epilogues.
final class MatmulOperations {
    private final Gemm gemm;
    private final FewRows fewRows;
    private final Scratch scratch;

    MatmulOperations(Gemm gemm, FewRows fewRows, Scratch scratch) {
        this.gemm = gemm;
        this.fewRows = fewRows;
        this.scratch = scratch;
    }

    /// See [io.stagecraft.model.backend.Backend#matmul].
    void multiply(Matmul op, Tensor a, Tensor b, Tensor c, Epilogue epilogue) {
        switch (epilogue) {
            case Epilogue.None _ -> product(op, a, b, 0, c);
            case Epilogue.AddBias(Tensor bias) -> productAndBias(op, a, b, bias, c);
            case Epilogue.AddBiasGelu(Tensor bias, Gelu gelu, Tensor activated) -> {
                productAndBias(op, a, b, bias, c);
                activate(gelu, c, activated);
            }
        }
    }

    /// `c = alpha op(a) op(b) + beta c`.
    void product(Matmul op, Tensor a, Tensor b, float beta, Tensor c) {
        Matrix x = matrix(a);
        Matrix y = matrix(b);
        Matrix z = matrix(c);
        if (!op.aTransposed() && op.bTransposed() && x.rows() <= FewRows.MOST) {
            fewRows.multiply((float) op.alpha(), x, y, beta, z);
            return;
        }
        x = op.aTransposed() ? x.transpose() : x;
        y = op.bTransposed() ? y.transpose() : y;
        if (z.rows() > 0 && z.columns() > 0) {
            gemm.multiply((float) op.alpha(), x, y, beta, z);
        }
    }

    private void productAndBias(Matmul op, Tensor a, Tensor b, Tensor bias, Tensor c) {
        if (op.aTransposed() || op.alpha() != 1 || Operands.rows(a) <= FewRows.MOST) {
            broadcast(bias, c);
            product(op, a, b, 1, c);
            return;
        }
        Matrix y = matrix(b);
        Matrix z = matrix(c);
        if (z.rows() > 0 && z.columns() > 0) {
            gemm.multiplyAddBias(matrix(a), op.bTransposed() ? y.transpose() : y, Operands.floats(bias), z);
        }
    }

    private static void broadcast(Tensor bias, Tensor c) {
        int columns = Operands.columns(c);
        int rows = Operands.rows(c);
        long from = Operands.floats(bias);
        long to = Operands.floats(c);
        for (int r = 0; r < rows; r++) {
            Elementwise.copy(from, to + 4L * r * columns, columns);
        }
    }

    private static Matrix matrix(Tensor tensor) {
        int columns = Operands.columns(tensor);
        return Matrix.of(Operands.floats(tensor), Operands.rows(tensor), columns, Math.max(1, columns));
    }

    private void activate(Gelu gelu, Tensor x, Tensor y) {
        long num = x.numElements();
        long from = Operands.floats(x);
        long to = Operands.floats(y);
        long buffer = scratch.address(GeluKernels.SCRATCH_BYTES);
        for (long i = 0; i < num; i += GeluKernels.MOST) {
            GeluKernels.forward(gelu, from + 4 * i, to + 4 * i, buffer, (int) Math.min(GeluKernels.MOST, num - i));
        }
    }
}
