package io.stagecraft.actors.config;

/// How text is sampled.
///
/// @param prompt where it starts; empty starts a new document
/// @param numTokens tokens to generate, 0 for no sample
/// @param temperature divisor of the logits, in (0, 100]
/// @param topK the k most likely tokens only, at most 1000, 0 for all
/// @param topP the smallest set with this probability only, 0 for all; not together with `topK`
/// @param seed of the draws
public record GenerateConfig(String prompt, int numTokens, double temperature, int topK, double topP, long seed) {
    public GenerateConfig {
        Range.NOT_NEGATIVE.require("generate.num-tokens", numTokens);
        Range.TEMPERATURE.require("generate.temperature", temperature);
        Range.TOP_K.require("generate.top-k", topK);
        Range.SHARE.require("generate.top-p", topP);
        Range.NOT_NEGATIVE.require("generate.seed", seed);
    }
}
