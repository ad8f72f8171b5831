package io.stagecraft.model.gpt;

import io.stagecraft.model.backend.Gelu;

/// Sizes and constants of one GPT-2. Sizes count elements. Nothing here depends on the parallel
/// layout; the padded vocabulary too is a property of the model.
///
/// @param numLayers transformer layers
/// @param hiddenSize width of the residual stream
/// @param numHeads attention heads
/// @param maxPositions rows of the position table: the longest sequence
/// @param vocabSize tokens of the tokenizer
/// @param paddedVocabSize rows of the word embedding; padding rows are trained and take part in the
///     softmax
/// @param ffnHiddenSize inner width of the MLP
/// @param layerNormEpsilon added to the variance
/// @param gelu which GELU
/// @param outputEmbedding whether the language-model head shares the word embedding
/// @param attentionDropout probability for attention probabilities
/// @param hiddenDropout probability for the embedding sum and the two residual branches
/// @param initMethodStd standard deviation of initial weights; output projections use it over
///     sqrt(2 numLayers)
public record GptConfig(
        int numLayers,
        int hiddenSize,
        int numHeads,
        int maxPositions,
        int vocabSize,
        int paddedVocabSize,
        int ffnHiddenSize,
        double layerNormEpsilon,
        Gelu gelu,
        OutputEmbedding outputEmbedding,
        double attentionDropout,
        double hiddenDropout,
        double initMethodStd) {
    /// Where the language-model head takes its matrix from.
    public enum OutputEmbedding {
        /// The word embedding, as GPT-2.
        TIED,
        /// A matrix of its own.
        UNTIED
    }

    public GptConfig {
        requireAtLeastOne("numLayers", numLayers);
        requireAtLeastOne("hiddenSize", hiddenSize);
        requireAtLeastOne("numHeads", numHeads);
        requireAtLeastOne("maxPositions", maxPositions);
        requireAtLeastOne("vocabSize", vocabSize);
        requireAtLeastOne("ffnHiddenSize", ffnHiddenSize);
        if (hiddenSize % numHeads != 0) {
            throw new IllegalArgumentException(
                    "hiddenSize must be a multiple of numHeads but " + hiddenSize + " % " + numHeads + " != 0");
        }
        if (paddedVocabSize < vocabSize) {
            throw new IllegalArgumentException(
                    "paddedVocabSize must be >= vocabSize but " + paddedVocabSize + " < " + vocabSize);
        }
        requireProbability("attentionDropout", attentionDropout);
        requireProbability("hiddenDropout", hiddenDropout);
        if (!(layerNormEpsilon > 0) || !(initMethodStd > 0)) {
            throw new IllegalArgumentException("layerNormEpsilon and initMethodStd must be > 0 but are "
                    + layerNormEpsilon + " and " + initMethodStd);
        }
    }

    /// Channels of one head.
    public int headSize() {
        return hiddenSize / numHeads;
    }

    /// The same model with other sizes of the vocabulary.
    public GptConfig withVocabulary(int newVocabSize, int newPaddedVocabSize) {
        return new GptConfig(
                numLayers,
                hiddenSize,
                numHeads,
                maxPositions,
                newVocabSize,
                newPaddedVocabSize,
                ffnHiddenSize,
                layerNormEpsilon,
                gelu,
                outputEmbedding,
                attentionDropout,
                hiddenDropout,
                initMethodStd);
    }

    /// `12 L h² + 13 L h + (V + s) h + 2 h` for `ffnHiddenSize = 4 h` and a tied head; the exact
    /// count otherwise too.
    public long numParameters() {
        long h = hiddenSize;
        long perLayer = 4 * h * h + 4 * h + 2 * h * ffnHiddenSize + ffnHiddenSize + h + 4 * h;
        long head = outputEmbedding == OutputEmbedding.TIED ? 0 : paddedVocabSize * h;
        return numLayers * perLayer + (paddedVocabSize + (long) maxPositions) * h + 2 * h + head;
    }

    private static void requireAtLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be >= 1 but is " + value);
        }
    }

    private static void requireProbability(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1) but is " + value);
        }
    }
}
