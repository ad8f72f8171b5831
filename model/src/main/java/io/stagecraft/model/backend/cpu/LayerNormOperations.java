package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.LayerNormGradients;
import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.tensor.Tensor;

/// Layer normalization, forward and backward.
final class LayerNormOperations {
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
        kernel(ln, dY, gradients, dX).rows(Operands.rows(dX));
        addWeightSums(gradients);
    }

    /// As the other, onto `residual`.
    void backwardOnto(LayerNormOperands ln, Tensor dY, Tensor residual, LayerNormGradients gradients, Tensor dX) {
        long onto = Operands.floats(residual);
        kernel(ln, dY, gradients, dX).rowsOnto(onto, Operands.rows(dX));
        addWeightSums(gradients);
    }

    /// Adds the bias gradient first: `dX` may be `dY`.
    private LayerNormBackward kernel(LayerNormOperands ln, Tensor dY, LayerNormGradients gradients, Tensor dX) {
        int rows = Operands.rows(ln.x());
        int columns = Operands.columns(ln.x());
        long d = Operands.floats(dY);
        long sums = scratch.address(4L * (2 * columns + 2));
        Elementwise.fill(sums, 0, columns);
        ColumnSums.add(d, rows, columns, Operands.floats(gradients.dBias()));
        return new LayerNormBackward(
                Operands.floats(ln.x()),
                Operands.floats(ln.weight()),
                Operands.floats(ln.statistics()),
                d,
                sums,
                sums + 4L * columns,
                Operands.floats(dX),
                columns);
    }

    private void addWeightSums(LayerNormGradients gradients) {
        int columns = Math.toIntExact(gradients.dWeight().numElements());
        Elementwise.add(scratch.address(4L * columns), Operands.floats(gradients.dWeight()), columns);
    }
}
