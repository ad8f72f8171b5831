package io.stagecraft.model.data;

/// How samples are cut from a text.
///
/// @param sequenceLength tokens a sample predicts, at least 1
/// @param validationFraction share of the text, at its end, that is held back; 0 for none
/// @param seed of the order of training samples
public record DatasetSpec(int sequenceLength, double validationFraction, long seed) {
    public DatasetSpec {
        if (sequenceLength < 1) {
            throw new IllegalArgumentException("sequenceLength must be >= 1 but is " + sequenceLength);
        }
        if (!(validationFraction >= 0 && validationFraction < 1)) {
            throw new IllegalArgumentException("validationFraction must be in [0, 1) but is " + validationFraction);
        }
    }
}
