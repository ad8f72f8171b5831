package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.stages.run.TokenSamples;
import java.nio.file.Path;
import java.util.List;

/// Where the samples of a run come from, with the tokenizer that made them.
///
/// - Thread: opened and closed by one; the samples are read by any.
sealed interface RunSamples extends AutoCloseable permits RunText, RunDatasets, NoText {
    /// Opens what `config` names, with a tokenizer of its own. What takes long to prepare is kept
    /// below `cacheFolder`.
    ///
    /// - Errors: those of text, data set and vocabulary, meant for the person who started the run.
    static RunSamples open(StagecraftConfig config, Path cacheFolder) {
        return config.data().indexed().isGiven() ? RunDatasets.open(config) : RunText.read(config, cacheFolder);
    }

    /// Opens what `config` names for a tokenizer that exists, as sequences of `sequenceLength`
    /// tokens.
    static RunSamples open(StagecraftConfig config, Tokenizer tokenizer, int sequenceLength) {
        return config.data().indexed().isGiven()
                ? RunDatasets.open(config, tokenizer, sequenceLength)
                : RunText.read(config, tokenizer, sequenceLength);
    }

    /// Between text and tokens.
    Tokenizer tokenizer();

    /// Training samples by their number.
    TokenSamples training();

    /// Held-back samples by their number; behind the last one the first.
    TokenSamples validation();

    /// Samples of the test part by their number; behind the last one the first. None where nothing
    /// else is said.
    default TokenSamples test() {
        return TokenSamples.none();
    }

    /// How many of `wanted` samples of the test part the end of a run evaluates, a multiple of
    /// `samplesAtOnce`; 0 if the data have no test part.
    default int testSamples(int wanted, int samplesAtOnce) {
        return 0;
    }

    /// What the end of a document inside a sample means: nothing, where nothing else is said.
    default DocumentRules documents() {
        return DocumentRules.none();
    }

    /// How many of `wanted` held-back samples an evaluation takes, a multiple of `samplesAtOnce`.
    ///
    /// - Errors: [io.stagecraft.model.text.CorpusException] if there are too few.
    int evaluationSamples(int wanted, int samplesAtOnce);

    /// Of the held-back text, for losses a character.
    double charactersPerToken();

    /// Share of the words of `generated` that are words of the text; NaN if its words are not
    /// known.
    default double knownWordShare(String generated) {
        return Double.NaN;
    }

    /// What it is, and of a run that trains how long it is, a line each.
    List<String> describe(TrainConfig train, RunJob job);

    /// Closes files, if any are open.
    @Override
    default void close() {}
}
