package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.List;

/// `Y = X Wᵀ + b` with the outputs split over the tensor ranks: every rank has all of X and its
/// rows of W. Entered through f: identity forward, all-reduce of dX backward.
///
/// Keeps nothing: whoever calls it holds x until [#backwardWeight].
///
/// - Shapes: x `[R, in]`, weight `[out / P, in]`, bias `[out / P]`, y `[R, out / P]`.
/// - Thread: the rank's compute thread.
/// - Source: Shoeybi et al., arXiv:1909.08053, section 3.
public final class ColumnParallelLinear {
    private final Backend backend;
    private final TensorParallelGroup group;
    private final Parameter weight;
    private final Parameter bias;

    /// A linear layer with this rank's rows of `weight` and its part of `bias`.
    public ColumnParallelLinear(Backend backend, TensorParallelGroup group, Parameter weight, Parameter bias) {
        this.backend = backend;
        this.group = group;
        this.weight = weight;
        this.bias = bias;
    }

    /// `x Wᵀ + b`, in `arena`.
    public Tensor forward(Tensor x, TensorArena arena) {
        Tensor y = allocate(x, arena);
        backend.matmul(Matmul.transposeB(), x, weight.value(), y, new Epilogue.AddBias(bias.value()));
        return y;
    }

    /// As the other, and `activated = gelu(y)`; y is what [#backwardGelu] needs.
    public Tensor forwardGelu(Tensor x, Gelu gelu, Tensor activated, TensorArena arena) {
        Tensor y = allocate(x, arena);
        var epilogue = new Epilogue.AddBiasGelu(bias.value(), gelu, activated);
        backend.matmul(Matmul.transposeB(), x, weight.value(), y, epilogue);
        return y;
    }

    /// An output for `x` in `arena`, to be written by the caller.
    public Tensor allocate(Tensor x, TensorArena arena) {
        return arena.allocate(
                x.dtype(), Shape.of(x.shape().rows(), weight.value().shape().d0()));
    }

    /// Replaces `dActivated` by the gradient of y, and adds the gradient of the bias.
    public void backwardGelu(Gelu gelu, Tensor dActivated, Tensor y) {
        backend.biasGeluBackward(gelu, dActivated, y, dActivated, bias.gradient());
    }

    /// Adds the gradient of the bias, where there is no GELU.
    public void backwardBias(Tensor dY) {
        backend.addColumnSums(dY, bias.gradient());
    }

    /// `dX = Σ_p dY_p W_p` on every rank, in `gradients`.
    public Tensor backwardInput(Tensor dY, TensorArena gradients) {
        Tensor dX = gradients.allocate(
                dY.dtype(), Shape.of(dY.shape().rows(), weight.value().shape().d1()));
        backend.matmul(Matmul.plain(), dY, weight.value(), dX, Epilogue.NONE);
        group.allReduceSum(dX); // f
        return dX;
    }

    /// `dW += dYᵀ X`.
    public void backwardWeight(Tensor dY, Tensor x) {
        weight.gradientSum().addProduct(dY, x);
    }

    /// Weight, then bias.
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }
}
