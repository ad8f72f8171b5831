package io.stagecraft.actors.config;

/// Where the text comes from.
///
/// @param text `wordnet`, or a UTF-8 text file, or a folder of `*.txt` files
/// @param sequenceLength positions of a training sequence
/// @param validationFraction share of the text that is held back, in (0, 0.5]
/// @param minCharacterCount characters seen less often become one replacement token
public record DataConfig(String text, int sequenceLength, double validationFraction, int minCharacterCount) {
    public DataConfig {
        Range.AT_LEAST_ONE.require("data.sequence-length", sequenceLength);
        Range.HELD_BACK.require("data.validation-fraction", validationFraction);
        Range.AT_LEAST_ONE.require("data.min-character-count", minCharacterCount);
    }
}
