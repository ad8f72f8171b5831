package io.stagecraft.model.layer;

import io.stagecraft.model.tensor.Tensor;

/// What is left of a forward pass in evaluation: the output.
///
/// @param output the output, in the microbatch's arena
record EvaluatedPass(Tensor output) implements Pass {
    @Override
    public Tensor backwardInput(Tensor dY) {
        throw noBackward();
    }

    @Override
    public void backwardWeight() {
        throw noBackward();
    }

    private static IllegalStateException noBackward() {
        return new IllegalStateException("a pass in evaluation kept nothing for backward; forward in TRAINING first");
    }
}
