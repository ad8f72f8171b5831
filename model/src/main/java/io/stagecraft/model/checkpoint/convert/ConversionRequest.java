package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.ElementType;

/// What is asked of a conversion.
///
/// @param target what to write
/// @param vocabulary how many tokens the tokenizer has
/// @param type of the weights that are written
/// @param divisibleBy rows of the vocabulary are a multiple of this times the tensor-parallel size;
///     Megatron-LM's `--make-vocab-size-divisible-by`
public record ConversionRequest(ConversionTarget target, VocabularySize vocabulary, WeightType type, int divisibleBy) {
    /// Number of tokens.
    public sealed interface VocabularySize {
        /// What the source says.
        record AsSaved() implements VocabularySize {}

        /// This many.
        record Of(int numTokens) implements VocabularySize {
            public Of {
                if (numTokens < 1) {
                    throw new IllegalArgumentException("the vocabulary must have tokens but has " + numTokens);
                }
            }
        }
    }

    /// Type of weights.
    public sealed interface WeightType {
        /// That of the source.
        record AsSaved() implements WeightType {}

        /// This one.
        record Of(ElementType type) implements WeightType {
            public Of {
                FloatingPoint.require(type);
            }
        }
    }

    public ConversionRequest {
        if (divisibleBy < 1) {
            throw new IllegalArgumentException(
                    "rows of the vocabulary must be a multiple of at least 1 but of " + divisibleBy);
        }
    }
}
