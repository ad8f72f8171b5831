package io.stagecraft.actors.train;

import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.stages.run.TokenSamples;
import java.util.List;

/// No samples: of a run that generates, which reads no text.
///
/// @param tokenizer of the model
record NoSamples(Tokenizer tokenizer) implements RunSamples {
    @Override
    public TokenSamples training() {
        return NoSamples::refuse;
    }

    @Override
    public TokenSamples validation() {
        return NoSamples::refuse;
    }

    private static void refuse(long index, int[] into, int offset) {
        throw new IllegalStateException("sample " + index + " was asked for, but generating reads no text");
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

    /// Without a text no word is known, so it cannot be said.
    @Override
    public double knownWordShare(String generated) {
        return Double.NaN;
    }

    @Override
    public List<String> describe(TrainConfig train, RunJob job) {
        return List.of("tokenizer: " + tokenizer.describe());
    }

    @Override
    public void close() {}
}
