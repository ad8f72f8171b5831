package io.stagecraft.stages.generation;

import java.util.List;

/// A text that was generated.
///
/// @param prompt number of its prompt in the batch
/// @param tokens the prompt's and those behind it, with the one that ended it
/// @param numPromptTokens how many of them are the prompt's
/// @param logProbabilities of every token but the first; empty if they were not asked for
/// @param score of a beam: its log-probability over its length to the power of the penalty; NaN if
///     drawn
public record GeneratedText(
        int prompt, List<Integer> tokens, int numPromptTokens, List<Double> logProbabilities, double score) {
    public GeneratedText {
        tokens = List.copyOf(tokens);
        logProbabilities = List.copyOf(logProbabilities);
    }

    /// The tokens behind the prompt.
    public List<Integer> generated() {
        return tokens.subList(numPromptTokens, tokens.size());
    }
}
