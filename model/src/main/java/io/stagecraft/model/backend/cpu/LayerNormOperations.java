package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.LayerNormGradients;
import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.tensor.Tensor;

/// Layer normalization, forward and backward.
final class LayerNormOperations {
    private static final long MEANS_BYTES = 8L * ColumnSums.ROWS;

    private final Scratch scratch;

    LayerNormOperations(Scratch scratch) {
        this.scratch = scratch;
    }

    /// See [io.stagecraft.model.backend.Backend#layerNorm].
    void forward(LayerNormOperands ln, Tensor y) {
        int rows = Operands.rows(ln.x());
        int columns = Operands.columns(ln.x());
        new LayerNormForward(
                        Operands.floats(ln.x()),
                        Operands.floats(ln.weight()),
                        Operands.floats(ln.bias()),
                        Operands.floats(ln.statistics()),
                        Operands.floats(y),
                        columns,
                        (float) ln.epsilon())
                .rows(rows);
    }

    /// See [io.stagecraft.model.backend.Backend#layerNormBackward].
    void backward(LayerNormOperands ln, Tensor dY, LayerNormGradients gradients, Tensor dX) {
        int columns = Operands.columns(dX);
        LayerNormBackward kernel = kernel(ln, dY, gradients, dX);
        long zeros = kernel.scratch() + MEANS_BYTES;
        Elementwise.fill(zeros, 0, columns);
        kernel.rows(zeros, 0, Operands.rows(dX));
    }

    /// As the other, onto `residual`.
    void backwardOnto(LayerNormOperands ln, Tensor dY, Tensor residual, LayerNormGradients gradients, Tensor dX) {
        long rowBytes = 4L * Operands.columns(dX);
        kernel(ln, dY, gradients, dX).rows(Operands.floats(residual), rowBytes, Operands.rows(dX));
    }

    private LayerNormBackward kernel(LayerNormOperands ln, Tensor dY, LayerNormGradients gradients, Tensor dX) {
        int columns = Operands.columns(ln.x());
        return new LayerNormBackward(
                Operands.floats(ln.x()),
                Operands.floats(ln.weight()),
                Operands.floats(ln.statistics()),
                Operands.floats(dY),
                Operands.floats(gradients.dWeight()),
                Operands.floats(gradients.dBias()),
                scratch.address(MEANS_BYTES + 4L * columns),
                Operands.floats(dX),
                columns);
    }
}
