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

    /// A token that is not chosen behind another one (Megatron-LM, `prevent_newline_after_colon`).
    ///
    /// @param behind the other one, -1 if every token may follow every other
    /// @param token the one that is not chosen behind it
    record Forbidden(int behind, int token) {
        /// Every token may follow every other.
        public static final Forbidden NOTHING = new Forbidden(-1, -1);
    }

    /// What is not chosen. A token that is given is not chosen.
    Forbidden forbidden();

    /// One token each, drawn or given.
    ///
    /// @param sampling how to draw; the draw is a function of its seed, the sequence's number and
    ///     `position`
    /// @param position of the token in its text
    /// @param given the token that follows each sequence where it is known already, [#DRAWN]
    ///     elsewhere
    /// @param report what to answer
    /// @param forbidden what is not drawn
    record Draw(SamplingSettings sampling, long position, List<Integer> given, Report report, Forbidden forbidden)
            implements TokenChoice {
        /// No token is given.
        public static final int DRAWN = -1;
    }

    /// The most likely tokens of each sequence and their log-probabilities, for beams.
    ///
    /// @param num how many at most: the vocabulary may have fewer
    /// @param forbidden what is not among them
    record Best(int num, Forbidden forbidden) implements TokenChoice {}
}
