package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.VocabularySize;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.WeightType;
import io.stagecraft.model.gpt.GptConfig;

/// The source as the target has it.
///
/// @param source as it was saved
/// @param exact with the target's vocabulary, in the source's type
/// @param weights with the target's vocabulary and type
/// @param vocabularyIsKnown whether the number of tokens is said by anyone
public record ConvertedModel(ModelSource source, ModelSource exact, ModelSource weights, boolean vocabularyIsKnown) {
    static ConvertedModel of(ConversionRequest request, SourceFacts facts, ModelSource source) {
        GptConfig saved = source.model();
        int tokens = switch (request.vocabulary()) {
            case VocabularySize.AsSaved() -> saved.vocabSize();
            case VocabularySize.Of(int numTokens) -> numTokens;
        };
        if (tokens > saved.paddedVocabSize()) {
            throw new IllegalArgumentException("the vocabulary is said to have " + tokens + " tokens but "
                    + source.path() + " has rows for " + saved.paddedVocabSize() + " only");
        }
        boolean known = facts.saysVocabulary()
                || tokens < saved.paddedVocabSize()
                || request.vocabulary() instanceof VocabularySize.Of;
        int rows = rows(request, saved, tokens);
        ModelSource exact = new RepaddedModel(source, saved.withVocabulary(Math.min(tokens, rows), rows));
        ModelSource weights = switch (request.type()) {
            case WeightType.AsSaved() -> exact;
            case WeightType.Of(var type) -> new RetypedModel(exact, type);
        };
        return new ConvertedModel(source, exact, weights, known);
    }

    /// Rows of the embedding. Source: Megatron-LM, `megatron/tokenizer/tokenizer.py`,
    /// `_vocab_size_with_padding`.
    private static int rows(ConversionRequest request, GptConfig saved, int tokens) {
        return switch (request.target()) {
            case ConversionTarget.Stagecraft(int tensorSize) ->
                tensorSize == 1 ? saved.paddedVocabSize() : padded(tokens, request.divisibleBy(), tensorSize);
            case ConversionTarget.Megatron(var layout) -> padded(tokens, request.divisibleBy(), layout.tensorSize());
            case ConversionTarget.HuggingFace _ -> tokens;
        };
    }

    private static int padded(int tokens, int divisibleBy, int tensorSize) {
        long multiple = (long) divisibleBy * tensorSize;
        return Math.toIntExact(Math.ceilDiv(tokens, multiple) * multiple);
    }
}
