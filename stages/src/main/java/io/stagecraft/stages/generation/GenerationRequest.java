package io.stagecraft.stages.generation;

import io.stagecraft.stages.run.RankPurpose;
import io.stagecraft.stages.run.TokenChoice;
import java.util.List;

/// A batch of texts to be generated.
///
/// @param prompts tokens that each starts with, at least one
/// @param numTokens tokens behind the longest prompt
/// @param longestContext positions that the model is given at most
/// @param padding token that a shorter prompt is filled with where a position needs one
/// @param method how
/// @param stop which tokens end a text
/// @param report whether log-probabilities are wanted
/// @param forbidden what no text gets
public record GenerationRequest(
        List<List<Integer>> prompts,
        int numTokens,
        int longestContext,
        int padding,
        GenerationMethod method,
        StopRule stop,
        TokenChoice.Report report,
        TokenChoice.Forbidden forbidden) {
    /// Any token may follow any other.
    public GenerationRequest(
            List<List<Integer>> prompts,
            int numTokens,
            int longestContext,
            int padding,
            GenerationMethod method,
            StopRule stop,
            TokenChoice.Report report) {
        this(prompts, numTokens, longestContext, padding, method, stop, report, TokenChoice.Forbidden.NOTHING);
    }

    public GenerationRequest {
        prompts = prompts.stream().map(List::copyOf).toList();
        if (prompts.isEmpty() || prompts.stream().anyMatch(List::isEmpty)) {
            throw new IllegalArgumentException("a text needs at least one token to start with");
        }
        if (numTokens < 0 || longestContext < 1) {
            throw new IllegalArgumentException(
                    "numTokens must be >= 0 and longestContext >= 1 but are " + numTokens + " and " + longestContext);
        }
        if (method instanceof GenerationMethod.Beam
                && (prompts.size() != 1 || longestPrompt(prompts) + numTokens > longestContext)) {
            throw new IllegalArgumentException("a beam search takes one prompt that fits the model's " + longestContext
                    + " positions with all of its continuation, but there are " + prompts.size() + " of "
                    + longestPrompt(prompts) + " tokens and " + numTokens + " more");
        }
    }

    private static int longestPrompt(List<List<Integer>> prompts) {
        return prompts.stream().mapToInt(List::size).max().orElse(0);
    }

    /// Tokens of the longest prompt.
    public int longestPrompt() {
        return longestPrompt(prompts);
    }

    /// Tokens of the shortest prompt.
    public int shortestPrompt() {
        return prompts.stream().mapToInt(List::size).min().orElse(0);
    }

    /// What ranks have to be opened for.
    public RankPurpose purpose() {
        int width = switch (method) {
            case GenerationMethod.Sampling _ -> prompts.size();
            case GenerationMethod.Beam beam -> beam.width();
        };
        return RankPurpose.generation(width, Math.min(longestContext, longestPrompt() + numTokens));
    }

    /// Generation from the first token on.
    public TokenGeneration start() {
        return switch (method) {
            case GenerationMethod.Sampling sampling -> new SampledBatch(this, sampling);
            case GenerationMethod.Beam beam -> new BeamSearch(this, beam);
        };
    }
}
