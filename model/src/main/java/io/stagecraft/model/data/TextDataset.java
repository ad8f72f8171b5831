package io.stagecraft.model.data;

import io.stagecraft.model.text.Corpus;
import io.stagecraft.model.text.CorpusException;
import io.stagecraft.model.text.Tokenizer;
import java.util.Locale;

/// A text as training and validation samples.
///
/// The last `round(fraction * tokens)` tokens are held back, at least one sequence of them if the
/// fraction is not 0; no training sample reaches into them.
public final class TextDataset {
    private final TrainingSamples training;
    private final ValidationSamples validation;
    private final Summary summary;

    private TextDataset(TrainingSamples training, ValidationSamples validation, Summary summary) {
        this.training = training;
        this.validation = validation;
        this.summary = summary;
    }

    /// What there is to train on, for the start of a run.
    ///
    /// @param source where the text comes from
    /// @param documents number of documents
    /// @param characters Unicode characters, one more for the end of each document
    /// @param tokens number of tokens, end-of-document tokens included
    /// @param samplesPerEpoch training samples of an epoch
    /// @param validationSamples held-back samples
    /// @param sequenceLength tokens that a sample predicts
    public record Summary(
            String source,
            long documents,
            long characters,
            long tokens,
            long samplesPerEpoch,
            long validationSamples,
            int sequenceLength) {
        /// Training tokens of an epoch.
        public long tokensPerEpoch() {
            return samplesPerEpoch * sequenceLength;
        }

        /// Tokens of a character, 1 for a character tokenizer.
        public double tokensPerCharacter() {
            return (double) tokens / characters;
        }

        /// A loss in nats a token as nats a character, by the ratio of the whole text.
        public double natsPerCharacter(double natsPerToken) {
            return natsPerToken * tokensPerCharacter();
        }

        /// One line for people.
        public String describe() {
            return String.format(
                    Locale.ROOT,
                    "%s: %,d documents, %,d characters, %,d tokens (%.3f a character); %,d training samples of %d tokens"
                            + " an epoch, %,d held back",
                    source,
                    documents,
                    characters,
                    tokens,
                    tokensPerCharacter(),
                    samplesPerEpoch,
                    sequenceLength,
                    validationSamples);
        }
    }

    /// Encodes `corpus` and divides it, as [#of(EncodedText, DatasetSpec)].
    public static TextDataset of(Corpus corpus, Tokenizer tokenizer, DatasetSpec spec) {
        return of(EncodedText.of(corpus, tokenizer), spec);
    }

    /// Divides `text`.
    ///
    /// - Errors: [CorpusException] with source and sizes if the text is shorter than the sequences
    ///   it must give.
    public static TextDataset of(EncodedText text, DatasetSpec spec) {
        TokenStream stream = text.tokens();
        int window = Math.addExact(spec.sequenceLength(), 1);
        long heldBack = spec.validationFraction() == 0
                ? 0
                : Math.max(window, Math.round(spec.validationFraction() * stream.numTokens()));
        long trained = stream.numTokens() - heldBack;
        if (trained < window) {
            throw new CorpusException("the text " + text.source() + " is too short: it has "
                    + text.numCharacters() + " characters, which are " + stream.numTokens() + " tokens, of which "
                    + heldBack + " are held back; a sequence of " + spec.sequenceLength()
                    + " tokens needs " + window + " for training"
                    + "; give more text, a shorter sequence or a smaller held-back share");
        }
        var training = new TrainingSamples(new TokenWindows(stream, 0, trained, spec.sequenceLength()), spec.seed());
        var validation = new ValidationSamples(new TokenWindows(stream, trained, heldBack, spec.sequenceLength()));
        var summary = new Summary(
                text.source(),
                text.numDocuments(),
                text.numCharacters(),
                stream.numTokens(),
                training.numSamplesPerEpoch(),
                validation.numSamples(),
                spec.sequenceLength());
        return new TextDataset(training, validation, summary);
    }

    /// The samples to train on.
    public TrainingSamples training() {
        return training;
    }

    /// The samples that are held back.
    public ValidationSamples validation() {
        return validation;
    }

    /// What there is.
    public Summary summary() {
        return summary;
    }
}
