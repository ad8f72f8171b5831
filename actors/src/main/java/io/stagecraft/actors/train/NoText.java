package io.stagecraft.actors.train;

import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.evaluation.ScoringTask;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.stages.run.TokenSamples;
import java.util.List;
import java.util.stream.Stream;

/// Of a run that reads no text to train on: nothing, or the windows of a benchmark as held-back
/// samples.
///
/// @param tokenizer of the model
/// @param validation held-back samples
/// @param remarks lines for the operator
record NoText(Tokenizer tokenizer, TokenSamples validation, List<String> remarks) implements RunSamples {
    /// No samples at all.
    static NoText of(Tokenizer tokenizer) {
        return new NoText(tokenizer, TokenSamples.none(), List.of());
    }

    /// The windows of `task`.
    static NoText of(Tokenizer tokenizer, ScoringTask task) {
        return new NoText(tokenizer, task::tokens, List.of("text: " + task.describe()));
    }

    @Override
    public TokenSamples training() {
        return TokenSamples.none();
    }

    @Override
    public int evaluationSamples(int wanted, int samplesAtOnce) {
        return wanted;
    }

    @Override
    public double charactersPerToken() {
        return 1;
    }

    @Override
    public List<String> describe(TrainConfig train, RunJob job) {
        return Stream.concat(remarks.stream(), Stream.of("tokenizer: " + tokenizer.describe()))
                .toList();
    }
}
