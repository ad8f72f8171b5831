package io.stagecraft.stages.run;

import io.stagecraft.model.tensor.Tensor;

/// What a phase does at the two ends of the pipeline; between them all phases are alike.
interface PipelineWork {
    /// Begins microbatch `microbatch` in `context`: shape, mode, tokens or targets where this stage
    /// needs them.
    void load(MicrobatchContext context, int microbatch);

    /// Takes the last stage's hidden states.
    void finish(MicrobatchSlot slot, int microbatch, Tensor hidden);
}
