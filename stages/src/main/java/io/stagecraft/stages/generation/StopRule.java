package io.stagecraft.stages.generation;

import java.util.Set;

/// Which tokens end a text.
///
/// @param tokens each of these does
/// @param twice this one does behind another of the same, [#NONE] if there is none
public record StopRule(Set<Integer> tokens, int twice) {
    /// No token.
    public static final int NONE = -1;

    public StopRule {
        tokens = Set.copyOf(tokens);
    }

    /// Nothing does: a text has as many tokens as are asked for.
    public static StopRule never() {
        return new StopRule(Set.of(), NONE);
    }

    /// `token` does.
    public static StopRule at(int token) {
        return new StopRule(Set.of(token), NONE);
    }

    /// How many tokens can end one and the same text.
    int numEnds() {
        return tokens.size() + (twice == NONE ? 0 : 1);
    }

    /// Whether a text ends with `token` behind `previous`.
    boolean isEnd(int token, int previous) {
        return tokens.contains(token) || (token == twice && previous == twice && twice != NONE);
    }
}
