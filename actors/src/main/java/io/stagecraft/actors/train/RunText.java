package io.stagecraft.actors.train;

import io.stagecraft.actors.config.DataConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.data.DatasetSpec;
import io.stagecraft.model.data.PreparedText;
import io.stagecraft.model.data.TextDataset;
import io.stagecraft.model.data.TrainingSamples;
import io.stagecraft.model.data.ValidationSamples;
import io.stagecraft.model.generation.SampleReport;
import io.stagecraft.model.text.CharacterTokenizer;
import io.stagecraft.model.text.Corpus;
import io.stagecraft.model.text.CorpusException;
import io.stagecraft.model.text.TextCorpus;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.WordList;
import io.stagecraft.model.text.WordNetCorpus;
import io.stagecraft.stages.run.TokenSamples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The text of a run: tokens of it, samples from it, words of it.
///
/// @param tokenizer between characters and tokens
/// @param dataset training and held-back samples
/// @param words of the text, needed at the end of a run: collected on another thread meanwhile, or
///     by who asks first
record RunText(Tokenizer tokenizer, TextDataset dataset, FutureTask<WordList> words) implements RunSamples {
    private static final Logger LOG = LoggerFactory.getLogger(RunText.class);
    private static final String BUILT_IN = "wordnet";

    /// Reads `data.text` and makes a tokenizer for it. The built-in text is kept as tokens
    /// below `cacheFolder`.
    ///
    /// - Errors: [CorpusException], meant for the person who started the run.
    static RunText read(StagecraftConfig config, Path cacheFolder) {
        DataConfig data = config.data();
        return switch (data.tokenizer()) {
            case CHARACTERS ->
                data.text().equals(BUILT_IN)
                        ? of(PreparedText.wordNet(cacheFolder, data.minCharacterCount(), LOG::warn), config)
                        : characters(TextCorpus.read(Path.of(data.text())), config);
            case GPT2 -> of(corpus(data), RunDatasets.tokenizer(data.indexed()), config, data.sequenceLength());
        };
    }

    private static RunText of(PreparedText prepared, StagecraftConfig config) {
        var words = new FutureTask<>(() -> WordList.ofLines(prepared.words()));
        DatasetSpec spec = spec(config, config.data().sequenceLength());
        return new RunText(prepared.tokenizer(), TextDataset.of(prepared.text(), spec), words);
    }

    private static RunText characters(Corpus corpus, StagecraftConfig config) {
        Tokenizer tokenizer = CharacterTokenizer.of(corpus, config.data().minCharacterCount());
        return of(corpus, tokenizer, config, config.data().sequenceLength());
    }

    /// Reads `data.text` for a tokenizer that exists, as sequences of `sequenceLength` tokens.
    static RunText read(StagecraftConfig config, Tokenizer tokenizer, int sequenceLength) {
        return of(corpus(config.data()), tokenizer, config, sequenceLength);
    }

    private static RunText of(Corpus corpus, Tokenizer tokenizer, StagecraftConfig config, int sequenceLength) {
        var dataset = TextDataset.of(corpus, tokenizer, spec(config, sequenceLength));
        var words = new FutureTask<>(corpus::words);
        Thread.ofPlatform().name("stagecraft-words").daemon().start(words);
        return new RunText(tokenizer, dataset, words);
    }

    private static DatasetSpec spec(StagecraftConfig config, int sequenceLength) {
        return new DatasetSpec(
                sequenceLength, config.data().validationFraction(), config.run().seed());
    }

    private static Corpus corpus(DataConfig data) {
        return data.text().equals(BUILT_IN) ? WordNetCorpus.read() : TextCorpus.read(Path.of(data.text()));
    }

    @Override
    public TokenSamples training() {
        return dataset.training()::sample;
    }

    /// Evaluations that go on where the one before stopped begin anew behind the last sample.
    @Override
    public TokenSamples validation() {
        ValidationSamples held = dataset.validation();
        return (index, into, offset) -> held.sample(index % held.numSamples(), into, offset);
    }

    @Override
    public double charactersPerToken() {
        return 1 / dataset.summary().tokensPerCharacter();
    }

    @Override
    public List<String> describe(TrainConfig train, RunJob job) {
        var lines = new ArrayList<String>();
        lines.add("text: " + dataset.summary().describe());
        lines.add("tokenizer: " + tokenizer.describe());
        if (job instanceof RunJob.Train) {
            lines.add(length(train));
        }
        return List.copyOf(lines);
    }

    private String length(TrainConfig train) {
        TrainingSamples samples = dataset.training();
        long numSamples = (long) train.trainIters() * train.globalBatchSize();
        return String.format(
                Locale.ROOT,
                "this run: %,d steps, %,d samples, %,d tokens, %.2f epochs",
                train.trainIters(),
                numSamples,
                numSamples * samples.sequenceLength(),
                samples.epochs(numSamples));
    }

    /// Share of the words of `generated` that are words of the text; a word cut by its end
    /// does not count.
    @Override
    public double knownWordShare(String generated) {
        return SampleReport.of(generated, collected(words)).share();
    }

    private static WordList collected(FutureTask<WordList> words) {
        words.run();
        try {
            return words.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the words of the text were collected", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("collecting the words of the text", e.getCause());
        }
    }

    /// How many of `wanted` held-back samples an evaluation can take: no more than there are, and a
    /// multiple of `samplesAtOnce`; 0 if none are wanted. Throws [CorpusException] if there are too
    /// few.
    @Override
    public int evaluationSamples(int wanted, int samplesAtOnce) {
        if (wanted == 0) {
            return 0;
        }
        long held = dataset.validation().numSamples();
        long most = Math.min(wanted, held) / samplesAtOnce * samplesAtOnce;
        if (most == 0) {
            throw new CorpusException("the text " + dataset.summary().source() + " holds back " + held
                    + " sequences, of which an evaluation takes " + wanted + " at most and " + samplesAtOnce
                    + " at once (train.micro-batch-size x parallel.data-size); give more text, a larger"
                    + " data.validation-fraction, a shorter data.sequence-length or smaller microbatches");
        }
        return (int) most;
    }
}
