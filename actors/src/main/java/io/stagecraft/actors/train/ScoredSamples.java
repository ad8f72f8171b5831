package io.stagecraft.actors.train;

import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.evaluation.ScoringTask;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.stages.run.TokenSamples;
import java.util.List;

/// The windows of a benchmark, as held-back samples.
///
/// @param tokenizer of the model
/// @param task the windows
record ScoredSamples(Tokenizer tokenizer, ScoringTask task) implements RunSamples {
    @Override
    public TokenSamples training() {
        return (index, _, _) -> {
            throw new IllegalStateException("sample " + index + " was asked for, but a benchmark does not train");
        };
    }

    @Override
    public TokenSamples validation() {
        return task::tokens;
    }

    @Override
    public DocumentRules documents() {
        return DocumentRules.none();
    }

    @Override
    public int evaluationSamples(int wanted, int samplesAtOnce) {
        return wanted;
    }

    @Override
    public double charactersPerToken() {
        return 1;
    }

    /// A benchmark generates nothing.
    @Override
    public double knownWordShare(String generated) {
        return Double.NaN;
    }

    @Override
    public List<String> describe(TrainConfig train, RunJob job) {
        return List.of("text: " + task.describe(), "tokenizer: " + tokenizer.describe());
    }

    @Override
    public void close() {}
}
