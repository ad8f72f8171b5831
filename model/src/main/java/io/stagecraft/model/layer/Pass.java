package io.stagecraft.model.layer;

import io.stagecraft.model.tensor.Tensor;

/// One forward of one microbatch through one layer, and its undo in two halves, called in this
/// order, each once.
public interface Pass {
    /// The output, in the microbatch's arena.
    Tensor output();

    /// `dX` from `dY`: what the previous stage waits for. The result and all temporaries lie in
    /// `context.gradients()`. `dY` is not changed and stays valid until [#backwardWeight] has
    /// returned.
    Tensor backwardInput(Tensor dY);

    /// Adds to the parameter gradients: what nobody waits for. Gradients of biases and of layer
    /// normalization, which are by-products of [#backwardInput], may have been added there already.
    void backwardWeight();
}
