package io.stagecraft.actors.config;

/// Where the samples come from: from `indexed` if it has a path, otherwise from `text`.
///
/// @param text `wordnet`, or a UTF-8 text file, or a folder of `*.txt` files
/// @param sequenceLength positions of a training sequence
/// @param validationFraction share of the text that is held back, in (0, 0.5]
/// @param tokenizer what makes tokens of the text
/// @param minCharacterCount characters seen less often become one replacement token
/// @param indexed data sets in Megatron-LM's format
public record DataConfig(
        String text,
        int sequenceLength,
        double validationFraction,
        TextTokenizer tokenizer,
        int minCharacterCount,
        IndexedDataConfig indexed) {
    /// What makes tokens of a text.
    public enum TextTokenizer {
        /// A token a character; the alphabet is that of the text.
        CHARACTERS,
        /// GPT-2's byte-pair encoding.
        GPT2
    }

    public DataConfig {
        Range.AT_LEAST_ONE.require("data.sequence-length", sequenceLength);
        Range.HELD_BACK.require("data.validation-fraction", validationFraction);
        Range.AT_LEAST_ONE.require("data.min-character-count", minCharacterCount);
    }

    /// Text by its characters, and no data set.
    public DataConfig(String text, int sequenceLength, double validationFraction, int minCharacterCount) {
        this(
                text,
                sequenceLength,
                validationFraction,
                TextTokenizer.CHARACTERS,
                minCharacterCount,
                IndexedDataConfig.none());
    }
}
