package io.stagecraft.stages.generation;

/// How the nucleus shrinks from token to token (Megatron-LM, `top_p_decay` and `top_p_bound`).
///
/// @param factor what `topP` is multiplied with after each token; 0 leaves it
/// @param bound what it does not fall below; 0 is none
public record TopPDecay(double factor, double bound) {
    public TopPDecay {
        if (!(factor >= 0 && factor <= 1) || !(bound >= 0 && bound <= 1)) {
            throw new IllegalArgumentException(
                    "top-p-decay and top-p-bound must be in [0, 1] but are " + factor + " and " + bound);
        }
    }

    /// The nucleus stays as it is.
    public static TopPDecay none() {
        return new TopPDecay(0, 0);
    }

    /// `topP` for the next token: never 0 again, which would be the whole vocabulary.
    public double after(double topP) {
        if (topP == 0 || factor == 0) {
            return topP;
        }
        return Math.max(Math.max(topP * factor, bound), Double.MIN_VALUE);
    }
}
