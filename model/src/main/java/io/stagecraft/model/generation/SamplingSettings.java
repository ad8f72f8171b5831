package io.stagecraft.model.generation;

/// How the next token is chosen from the logits (Megatron-LM, text generation).
///
/// @param temperature divides the logits, in (0, 100]
/// @param topK only this many most likely tokens, ties with the last of them too; 1 is greedy, 0
///     means all; to 1000
/// @param topP only the most likely tokens up to the first that takes their probability above this;
///     0 means all
/// @param seed of the draws
public record SamplingSettings(double temperature, int topK, double topP, long seed) {
    private static final double MAX_TEMPERATURE = 100;
    private static final int MAX_TOP_K = 1000;

    public SamplingSettings {
        if (!(temperature > 0 && temperature <= MAX_TEMPERATURE)) {
            throw new IllegalArgumentException("temperature must be in (0, 100] but is " + temperature);
        }
        if (topK < 0 || topK > MAX_TOP_K) {
            throw new IllegalArgumentException("topK must be in [0, 1000] but is " + topK);
        }
        if (!(topP >= 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP must be in [0, 1] but is " + topP);
        }
        if (topK > 0 && topP > 0) {
            throw new IllegalArgumentException(
                    "topK and topP exclude each other but are " + topK + " and " + topP + "; set one to 0");
        }
    }

    /// The most likely token each time.
    public static SamplingSettings greedy() {
        return new SamplingSettings(1, 1, 0, 0);
    }
}
