package io.stagecraft.model.layer;

import io.stagecraft.model.tensor.Tensor;
import java.util.List;

/// The end of the last stage: from hidden states to a loss, or to logits.
///
/// The logits of a microbatch are never whole in memory, so forward makes their gradient chunk by
/// chunk when it trains; that is why the loss scale is in the context and not an argument of
/// backward.
public interface LossHead {
    /// Sum over the rows of `context.lossWeights() * crossEntropy`, and in training all gradients
    /// that follow, scaled by `context.lossScale()`.
    LossPass forward(Tensor x, ForwardContext context);

    /// Logits `[rows of x, V / P]` of this rank's part of the vocabulary, in `context.arena()`.
    Tensor logits(Tensor x, ForwardContext context);

    /// Parameters in the model's order; the tied embedding is the last.
    List<Parameter> parameters();

    /// One forward of one microbatch through the head.
    interface LossPass {
        /// Weighted sum of the losses of this microbatch's rows, FLOAT64 `[1]`, the same on every
        /// tensor rank.
        Tensor lossSum();

        /// `dX`, in `context.gradients()`.
        Tensor backwardInput();

        /// Adds to the parameter gradients.
        void backwardWeight();
    }
}
