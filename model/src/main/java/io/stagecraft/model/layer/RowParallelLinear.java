package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.List;

/// `out = residual + dropout(X Wᵀ + b)` with the inputs split over the tensor ranks: every rank has
/// its columns of X and of W, and all of b. Left through g: all-reduce of the partial products
/// forward, identity backward. The bias is added once, after the reduction.
///
/// Keeps nothing: whoever calls it holds x and dropout's gradient until [#backwardWeight].
///
/// - Shapes: x `[R, in / P]`, weight `[out, in / P]`, bias `[out]`, residual and out `[R, out]`.
/// - Thread: the rank's compute thread.
/// - Source: Shoeybi et al., arXiv:1909.08053, section 3.
public final class RowParallelLinear {
    private final Backend backend;
    private final TensorParallelGroup group;
    private final Parameter weight;
    private final Parameter bias;

    /// A linear layer with this rank's columns of `weight` and the whole `bias`.
    public RowParallelLinear(Backend backend, TensorParallelGroup group, Parameter weight, Parameter bias) {
        this.backend = backend;
        this.group = group;
        this.weight = weight;
        this.bias = bias;
    }

    /// Writes `out`, which holds the partial products meanwhile.
    public void forward(Tensor x, Tensor residual, Dropout dropout, Tensor out) {
        backend.matmul(Matmul.transposeB(), x, weight.value(), out, Epilogue.NONE);
        group.allReduceSum(out); // g
        backend.biasDropoutAdd(out, bias.value(), residual, dropout, out);
    }

    /// Gradient before dropout, which is `dOut` itself if nothing was dropped; adds the gradient of
    /// the bias. In `gradients`.
    public Tensor backwardDropout(Tensor dOut, Dropout dropout, TensorArena gradients) {
        Tensor dY = dOut;
        if (dropout.active()) {
            dY = gradients.allocate(dOut.dtype(), dOut.shape());
            backend.dropoutBackward(dOut, dropout, dY);
        }
        backend.addColumnSums(dY, bias.gradient());
        return dY;
    }

    /// `dX = dY W`, this rank's columns, into `dX`.
    public void backwardInput(Tensor dY, Tensor dX) {
        backend.matmul(Matmul.plain(), dY, weight.value(), dX, Epilogue.NONE);
    }

    /// `dW += dYᵀ X`.
    public void backwardWeight(Tensor dY, Tensor x) {
        weight.gradientSum().addProduct(dY, x);
    }

    /// Shape of x for `rows` rows: this rank's columns.
    public Shape inputShape(long rows) {
        return Shape.of(rows, weight.value().shape().d1());
    }

    /// Weight, then bias.
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }
}
