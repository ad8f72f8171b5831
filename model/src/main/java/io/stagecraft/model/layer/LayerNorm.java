package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.LayerNormGradients;
import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.List;

/// Layer normalization over the channels, the same on every tensor rank.
///
/// Keeps nothing: whoever calls it holds the operands until backward.
///
/// - Thread: the rank's compute thread.
public final class LayerNorm {
    private final Backend backend;
    private final Parameter weight;
    private final Parameter bias;
    private final double epsilon;

    /// Normalizes with `weight` and `bias`, both `[C]`; `epsilon` is added to the variance.
    public LayerNorm(Backend backend, Parameter weight, Parameter bias, double epsilon) {
        this.backend = backend;
        this.weight = weight;
        this.bias = bias;
        this.epsilon = epsilon;
    }

    /// What forward and backward read, with room for the statistics in `arena`.
    public LayerNormOperands operands(Tensor x, TensorArena arena) {
        return operands(x, arena.allocate(x.dtype(), Shape.of(x.shape().rows(), 2)));
    }

    /// As the other, with given `statistics` `[R, 2]`.
    public LayerNormOperands operands(Tensor x, Tensor statistics) {
        return new LayerNormOperands(x, weight.value(), bias.value(), statistics, epsilon);
    }

    /// The normalized rows, in `arena`.
    public Tensor forward(LayerNormOperands operands, TensorArena arena) {
        Tensor y = arena.allocate(operands.x().dtype(), operands.x().shape());
        backend.layerNorm(operands, y);
        return y;
    }

    /// Writes `dX` and adds the parameter gradients. `dX` may be `dY`.
    public void backward(LayerNormOperands operands, Tensor dY, Tensor dX) {
        backend.layerNormBackward(operands, dY, gradients(), dX);
    }

    /// As the other, and adds `residualGradient` to `dX`.
    public void backward(LayerNormOperands operands, Tensor dY, Tensor residualGradient, Tensor dX) {
        backend.layerNormBackward(operands, dY, residualGradient, gradients(), dX);
    }

    private LayerNormGradients gradients() {
        return new LayerNormGradients(weight.gradient(), bias.gradient());
    }

    /// Weight, then bias.
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }
}
