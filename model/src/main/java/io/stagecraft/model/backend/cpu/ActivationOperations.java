package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.tensor.Tensor;

/// Bias, dropout, residual and GELU.
final class ActivationOperations {
    private final DropoutMask masks;
    private final Scratch scratch;

    ActivationOperations(DropoutMask masks, Scratch scratch) {
        this.masks = masks;
        this.scratch = scratch;
    }

    /// See [io.stagecraft.model.backend.Backend#biasDropoutAdd].
    void biasDropoutAdd(Tensor y, Tensor bias, Tensor residual, Dropout dropout, Tensor out) {
        int rows = Operands.rows(y);
        int columns = Operands.columns(y);
        long from = Operands.floats(y);
        long b = Operands.floats(bias);
        long skip = Operands.floats(residual);
        long to = Operands.floats(out);
        boolean drops = dropout.active();
        for (int r = 0; r < rows; r++) {
            long o = 4L * r * columns;
            if (drops) {
                long factors = masks.row(dropout, r, columns);
                Elementwise.biasDropoutAdd(from + o, b, factors, skip + o, to + o, columns);
            } else {
                Elementwise.biasAdd(from + o, b, skip + o, to + o, columns);
            }
        }
    }

    /// See [io.stagecraft.model.backend.Backend#dropoutBackward].
    void dropoutBackward(Tensor dOut, Dropout dropout, Tensor dY) {
        int rows = Operands.rows(dOut);
        int columns = Operands.columns(dOut);
        long from = Operands.floats(dOut);
        long to = Operands.floats(dY);
        boolean drops = dropout.active();
        for (int r = 0; r < rows; r++) {
            long o = 4L * r * columns;
            if (drops) {
                Elementwise.multiply(from + o, masks.row(dropout, r, columns), to + o, columns);
            } else {
                Elementwise.copy(from + o, to + o, columns);
            }
        }
    }

    /// See [io.stagecraft.model.backend.Backend#biasGeluBackward]: a few rows at a time, so that
    /// what is summed is still in the cache.
    void biasGeluBackward(Gelu gelu, Tensor dOut, Tensor preactivation, Tensor dPre, Tensor dBias) {
        int rows = Operands.rows(preactivation);
        int columns = Operands.columns(preactivation);
        long x = Operands.floats(preactivation);
        long from = Operands.floats(dOut);
        long to = Operands.floats(dPre);
        long bias = Operands.floats(dBias);
        for (int r = 0; r < rows; r += ColumnSums.ROWS) {
            int num = Math.min(ColumnSums.ROWS, rows - r);
            long o = 4L * r * columns;
            geluBackward(gelu, x + o, from + o, to + o, (long) num * columns);
            ColumnSums.add(to + o, num, columns, bias);
        }
    }

    private void geluBackward(Gelu gelu, long x, long dY, long dX, long num) {
        long buffer = scratch.address(GeluKernels.SCRATCH_BYTES);
        for (long i = 0; i < num; i += GeluKernels.MOST) {
            int piece = (int) Math.min(GeluKernels.MOST, num - i);
            GeluKernels.backward(gelu, x + 4 * i, dY + 4 * i, dX + 4 * i, buffer, piece);
        }
    }
}
