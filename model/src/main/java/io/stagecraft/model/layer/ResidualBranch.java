package io.stagecraft.model.layer;

import io.stagecraft.model.tensor.Tensor;
import java.util.List;

/// `out = residual + f(x)`: self-attention or the MLP, with the dropout and the sum at its end.
///
/// As [Layer], but the sum is part of the function, so that bias, dropout and residual are one pass
/// over memory. Backward gives the gradient of x only; that of the residual is `dOut` itself.
public interface ResidualBranch {
    /// Writes `out` and returns its undo. Borrows `x`; needs `residual` only during the call.
    Pass forward(Tensor x, Tensor residual, Tensor out, ForwardContext context);

    /// Parameters in the model's order.
    List<Parameter> parameters();
}
