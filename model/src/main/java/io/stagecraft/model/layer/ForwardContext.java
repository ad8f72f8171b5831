package io.stagecraft.model.layer;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;

/// What a layer may not look up: where it is in the run and where its memory comes from. One per
/// microbatch in flight, reused.
public interface ForwardContext {
    /// Why a forward pass runs.
    enum Mode {
        /// Dropout is on, backward follows.
        TRAINING,
        /// Dropout is off, nothing is kept beyond the output.
        EVALUATION
    }

    /// Why this pass runs.
    Mode mode();

    /// Sequences in the microbatch.
    int numSequences();

    /// Positions of a sequence.
    int numPositions();

    /// Global index in the run of the microbatch's first sample: dropout masks are keyed by it.
    long firstSample();

    /// Token ids, INT32 `[R]`; on the first stage.
    Tensor tokens();

    /// Positions of the rows, in their sequences or documents, INT32 `[R]`; on the first stage.
    Tensor positions();

    /// Which positions attend to which; on every stage.
    AttentionMask attentionMask();

    /// Target ids, INT32 `[R]`; on the last stage.
    Tensor targets();

    /// Weight of each row's loss, `[R]`; on the last stage.
    Tensor lossWeights();

    /// Factor from a row's weighted loss to the step's loss: 1 / (sum of weights of the microbatch
    /// x microbatches of the global step).
    double lossScale();

    /// What came before this microbatch's rows; nothing in training and where whole sequences are
    /// read.
    default History history() {
        return History.NONE;
    }

    /// Lives until the microbatch's backward is done.
    TensorArena arena();

    /// Gradients and temporaries of backward; the runner resets it between layers, never under a
    /// `dY` that is still needed.
    TensorArena gradients();

    /// From now on gradients lie in other memory; those made until now stay valid until the next
    /// call. Where all gradients stay until the microbatch ends, nothing happens.
    default void alternateGradients() {
        // gradients stay
    }

    /// Memory that a layer asks for in forward until it returns, or in backward until its weight
    /// gradients are done. Microbatches share it where they can: what was in it may be gone after
    /// the call.
    default TensorArena scratch() {
        return arena();
    }
}
