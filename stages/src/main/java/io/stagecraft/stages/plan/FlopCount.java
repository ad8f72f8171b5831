package io.stagecraft.stages.plan;

import io.stagecraft.model.gpt.GptConfig;

/// Floating-point operations that training needs by its mathematics, whatever the implementation
/// does: model FLOPs, not hardware FLOPs; recomputation does not count.
///
/// `6 (parameters - lookup tables) + 6 L C T` for each token: a multiply and an add forward, twice
/// that backward, for every weight of a matrix product; and the two products of causal attention,
/// of which only the half below the diagonal counts. Megatron-LM's older formula (Megatron-LM)
/// counts attention whole: `12 L C T`.
///
/// @param model sizes
/// @param sequenceLength T
public record FlopCount(GptConfig model, int sequenceLength) {
    /// Of one token, forward and backward.
    public double perToken() {
        double hidden = model.hiddenSize();
        double lookups = model.maxPositions() * hidden;
        if (model.outputEmbedding() == GptConfig.OutputEmbedding.UNTIED) {
            lookups += model.paddedVocabSize() * hidden; // a tied table is a matrix of the head too
        }
        return 6 * (model.numParameters() - lookups) + 6.0 * model.numLayers() * hidden * sequenceLength;
    }
}
