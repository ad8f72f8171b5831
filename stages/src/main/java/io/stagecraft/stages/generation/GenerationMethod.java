package io.stagecraft.stages.generation;

import io.stagecraft.model.generation.SamplingSettings;

/// How texts go on.
public sealed interface GenerationMethod {
    /// One token after another is drawn; greedily with a `topK` of 1.
    ///
    /// @param settings of the first token
    /// @param decay of the nucleus
    record Sampling(SamplingSettings settings, TopPDecay decay) implements GenerationMethod {}

    /// The most likely whole texts are searched for, of one prompt.
    ///
    /// @param width texts at a time, and texts in the result
    /// @param lengthPenalty exponent of the length that a text's log-probability is divided by
    record Beam(int width, double lengthPenalty) implements GenerationMethod {
        public Beam {
            if (width < 1) {
                throw new IllegalArgumentException("a beam search needs a width of at least 1 but has " + width);
            }
        }
    }
}
