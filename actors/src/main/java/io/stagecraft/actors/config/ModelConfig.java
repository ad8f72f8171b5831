package io.stagecraft.actors.config;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;

/// A GPT-2 before its vocabulary is known. Names are Megatron-LM's.
///
/// @param numLayers transformer layers
/// @param hiddenSize width of the residual stream
/// @param numAttentionHeads heads of a layer
/// @param maxPositionEmbeddings longest sequence
/// @param ffnHiddenSize inner width of the MLP
/// @param makeVocabSizeDivisibleBy the vocabulary is padded to a multiple of this, whatever the
///     layout
/// @param layernormEpsilon added to variances
/// @param gelu which GELU
/// @param outputEmbedding whether the head shares the word embedding
/// @param attentionDropout on attention probabilities
/// @param hiddenDropout on the embedding sum and the residual branches
/// @param initMethodStd standard deviation of initial weights
public record ModelConfig(
        int numLayers,
        int hiddenSize,
        int numAttentionHeads,
        int maxPositionEmbeddings,
        int ffnHiddenSize,
        int makeVocabSizeDivisibleBy,
        double layernormEpsilon,
        Gelu gelu,
        GptConfig.OutputEmbedding outputEmbedding,
        double attentionDropout,
        double hiddenDropout,
        double initMethodStd) {
    public ModelConfig {
        Range.AT_LEAST_ONE.require("model.num-layers", numLayers);
        Range.AT_LEAST_ONE.require("model.hidden-size", hiddenSize);
        Range.AT_LEAST_ONE.require("model.num-attention-heads", numAttentionHeads);
        Range.AT_LEAST_ONE.require("model.max-position-embeddings", maxPositionEmbeddings);
        Range.AT_LEAST_ONE.require("model.ffn-hidden-size", ffnHiddenSize);
        Range.AT_LEAST_ONE.require("model.make-vocab-size-divisible-by", makeVocabSizeDivisibleBy);
        Range.ABOVE_ZERO.require("model.layernorm-epsilon", layernormEpsilon);
        Range.PROBABILITY.require("model.attention-dropout", attentionDropout);
        Range.PROBABILITY.require("model.hidden-dropout", hiddenDropout);
        Range.ABOVE_ZERO.require("model.init-method-std", initMethodStd);
    }

    /// The whole model, once the tokenizer is known.
    public GptConfig withVocabulary(int vocabSize) {
        int divisor = makeVocabSizeDivisibleBy;
        int padded = Math.multiplyExact(Math.ceilDiv(vocabSize, divisor), divisor);
        return new GptConfig(
                numLayers,
                hiddenSize,
                numAttentionHeads,
                maxPositionEmbeddings,
                vocabSize,
                padded,
                ffnHiddenSize,
                layernormEpsilon,
                gelu,
                outputEmbedding,
                attentionDropout,
                hiddenDropout,
                initMethodStd);
    }
}
