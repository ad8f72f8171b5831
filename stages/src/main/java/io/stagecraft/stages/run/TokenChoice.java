package io.stagecraft.stages.run;

import io.stagecraft.model.generation.SamplingSettings;
import java.util.List;

/// How the last stage makes the next token of each sequence out of its logits.
public sealed interface TokenChoice {
    /// Whether log-probabilities are wanted with the tokens.
    enum Report {
        /// Tokens alone.
        TOKENS,
        /// And the log-probability of every token behind a position of the phase.
        LOG_PROBABILITIES
    }

    /// One token each, drawn or given.
    ///
    /// @param sampling how to draw; the draw is a function of its seed, the sequence's number and `position`
    /// @param position of the token in its text
    /// @param given the token that follows each sequence where it is known already, [#DRAWN] elsewhere
    /// @param report what to answer
    record Draw(SamplingSettings sampling, long position, List<Integer> given, Report report) implements TokenChoice {
        /// No token is given.
        public static final int DRAWN = -1;
    }

    /// The most likely tokens of each sequence and their log-probabilities, for beams.
    ///
    /// @param num how many
    record Best(int num) implements TokenChoice {}
}
