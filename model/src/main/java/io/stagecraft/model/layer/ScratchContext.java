package io.stagecraft.model.layer;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;

/// The context of a microbatch for layers whose activations do not stay with it.
///
/// @param microbatch says everything else
/// @param arena where the layers keep what their backward reads
record ScratchContext(ForwardContext microbatch, TensorArena arena) implements ForwardContext {
    @Override
    public Mode mode() {
        return microbatch.mode();
    }

    @Override
    public int numSequences() {
        return microbatch.numSequences();
    }

    @Override
    public int numPositions() {
        return microbatch.numPositions();
    }

    @Override
    public long firstSample() {
        return microbatch.firstSample();
    }

    @Override
    public Tensor tokens() {
        return microbatch.tokens();
    }

    @Override
    public Tensor positions() {
        return microbatch.positions();
    }

    @Override
    public AttentionMask attentionMask() {
        return microbatch.attentionMask();
    }

    @Override
    public Tensor targets() {
        return microbatch.targets();
    }

    @Override
    public Tensor lossWeights() {
        return microbatch.lossWeights();
    }

    @Override
    public double lossScale() {
        return microbatch.lossScale();
    }

    @Override
    public History history() {
        return microbatch.history();
    }

    @Override
    public TensorArena gradients() {
        return microbatch.gradients();
    }

    @Override
    public void alternateGradients() {
        microbatch.alternateGradients();
    }
}
