package io.stagecraft.actors.train;

import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.TokenChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// What a generation is to be beyond the settings of `generate`.
///
/// @param prompts texts to go on from, side by side; empty for the configured one
/// @param properties what all of them have in common
/// @param method how
/// @param ending what ends a text before its length
/// @param stopTokens ids that end a text too
/// @param report whether log-probabilities are wanted
/// @param vocabulary files of the tokenizer where the saved model has none: vocabulary and merges;
///     or none
public record GenerationWishes(
        List<String> prompts,
        Set<Property> properties,
        Method method,
        Ending ending,
        List<Integer> stopTokens,
        TokenChoice.Report report,
        List<Path> vocabulary) {
    public GenerationWishes {
        prompts = List.copyOf(prompts);
        properties = Set.copyOf(properties);
        stopTokens = List.copyOf(stopTokens);
        vocabulary = List.copyOf(vocabulary);
    }

    /// Properties that all texts of a batch have, as Megatron-LM's server names them.
    public enum Property {
        /// The end of a document stands before each prompt (`add_BOS`).
        BEGINS_A_DOCUMENT,
        /// No line ends behind a colon, except in a prompt (`prevent_newline_after_colon`).
        NO_NEWLINE_AFTER_COLON
    }

    /// How texts go on.
    public sealed interface Method {
        /// Drawn, as `generate` says.
        ///
        /// @param decay of the nucleus
        record Draw(TopPDecay decay) implements Method {}

        /// The most likely texts.
        ///
        /// @param width how many, side by side
        /// @param lengthPenalty exponent of the length
        record Beam(int width, double lengthPenalty) implements Method {}

        /// Not at all: the prompts' own log-probabilities are wanted.
        record Score() implements Method {}
    }

    /// What ends a text before its length.
    public enum Ending {
        /// Nothing but the length.
        NONE,
        /// The end of a document.
        END_OF_DOCUMENT,
        /// A line's end.
        END_OF_LINE,
        /// Two line ends.
        DOUBLE_END_OF_LINE
    }

    /// As the sample at the end of a training run: the configured prompt, drawn to its full length.
    public static GenerationWishes asConfigured() {
        return new GenerationWishes(
                List.of(),
                Set.of(),
                new Method.Draw(TopPDecay.none()),
                Ending.NONE,
                List.of(),
                TokenChoice.Report.TOKENS,
                List.of());
    }
}
