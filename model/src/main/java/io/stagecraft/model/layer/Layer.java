package io.stagecraft.model.layer;

import io.stagecraft.model.tensor.Tensor;
import java.util.List;

/// A differentiable function with parameters, on one tensor-parallel rank.
///
/// Forward returns its own undo: a [Pass] with the output and what backward needs. Parameter
/// gradients are **added to**, in microbatch order; activation gradients are **returned**. The
/// gradient of `x` is `dX`.
///
/// - Thread: the rank's compute thread.
public interface Layer {
    /// `y = f(x)`. Borrows `x` until the pass is done with. What the pass keeps lives in
    /// `context.arena()`.
    Pass forward(Tensor x, ForwardContext context);

    /// Parameters in the model's order.
    List<Parameter> parameters();
}
