package io.stagecraft.actors.train;

import io.stagecraft.actors.config.IndexedDataConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.data.GptDatasetSpec;
import io.stagecraft.model.data.GptDatasetSummary;
import io.stagecraft.model.data.GptDatasets;
import io.stagecraft.model.data.GptPart;
import io.stagecraft.model.data.GptSamples;
import io.stagecraft.model.data.IndexCache;
import io.stagecraft.model.data.KnownTokens;
import io.stagecraft.model.data.PartPaths;
import io.stagecraft.model.data.SampleCounts;
import io.stagecraft.model.text.CorpusException;
import io.stagecraft.model.text.GptBpeTokenizer;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import io.stagecraft.stages.run.TokenSamples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Samples from data sets in Megatron-LM's format. Tokens that the tokenizer does not know are
/// refused: when the data are opened as far as [KnownTokens] reads ahead, and in every sample that
/// a rank reads.
///
/// @param tokenizer that made the data
/// @param datasets the opened files; closed with this
/// @param documents what the end of a document inside a sample means
/// @param sequenceLength tokens of a sequence
record RunDatasets(Tokenizer tokenizer, GptDatasets datasets, DocumentRules documents, int sequenceLength)
        implements RunSamples {
    private static final int SAMPLES_READ_FOR_LENGTHS = 64;

    /// Opens the data sets of `config` with its vocabulary.
    static RunDatasets open(StagecraftConfig config) {
        return open(config, tokenizer(config.data().indexed()), config.data().sequenceLength());
    }

    /// Opens the data sets of `config` for a tokenizer that exists.
    static RunDatasets open(StagecraftConfig config, Tokenizer tokenizer, int sequenceLength) {
        IndexedDataConfig data = config.data().indexed();
        var spec = new GptDatasetSpec(paths(data), sequenceLength, config.run().seed(), counts(config), cache(data));
        IndexedDataConfig.Rules rules = data.rules();
        var documents = new DocumentRules(
                tokenizer.endOfDocument(), rules.resetPositionIds(), rules.resetAttentionMask(), rules.eodMaskLoss());
        GptDatasets datasets = GptDatasets.open(spec, prefix -> KnownTokens.open(prefix, tokenizer.vocabSize()));
        var opened = new RunDatasets(tokenizer, datasets, documents, sequenceLength);
        if (datasets.samples(GptPart.TRAIN).isEmpty()) {
            opened.close();
            throw new CorpusException(
                    "the data sets have no training documents; data.split gives them a share, or data.train-path");
        }
        return opened;
    }

    /// GPT-2's byte-pair encoding with the vocabulary that is named, or the built-in one.
    static Tokenizer tokenizer(IndexedDataConfig data) {
        return data.vocabulary().map(TokenizerSource::open).orElseGet(GptBpeTokenizer::gpt2);
    }

    private static PartPaths paths(IndexedDataConfig data) {
        return data.isSplit()
                ? new PartPaths.Split(data.path(), data.split())
                : new PartPaths.Separate(data.trainPath(), data.validPath(), data.testPath());
    }

    private static IndexCache cache(IndexedDataConfig data) {
        return data.indexDirectory().isEmpty()
                ? new IndexCache.BesideData()
                : new IndexCache.Folder(Path.of(data.indexDirectory()));
    }

    /// As Megatron-LM counts them: an evaluation at every interval and one more.
    private static SampleCounts counts(StagecraftConfig config) {
        TrainConfig train = config.train();
        long wanted = config.data().indexed().trainSamples();
        long wholeRun = (long) train.trainIters() * train.globalBatchSize();
        long intervals = train.evalInterval() == 0 ? 0 : train.trainIters() / train.evalInterval();
        return new SampleCounts(
                wanted == 0 ? wholeRun : wanted, (intervals + 1) * train.evalSamples(), train.evalSamples());
    }

    @Override
    public TokenSamples training() {
        return datasets.samples(GptPart.TRAIN).orElseThrow()::sample;
    }

    @Override
    public TokenSamples validation() {
        return heldBack(GptPart.VALIDATION);
    }

    @Override
    public TokenSamples test() {
        return heldBack(GptPart.TEST);
    }

    private TokenSamples heldBack(GptPart part) {
        Optional<GptSamples> samples = datasets.samples(part);
        if (samples.isEmpty()) {
            return TokenSamples.none();
        }
        GptSamples held = samples.get();
        return (index, into, offset) -> held.sample(index % held.numSamples(), into, offset);
    }

    @Override
    public int evaluationSamples(int wanted, int samplesAtOnce) {
        return numSamples(GptPart.VALIDATION, wanted, samplesAtOnce);
    }

    @Override
    public int testSamples(int wanted, int samplesAtOnce) {
        return numSamples(GptPart.TEST, wanted, samplesAtOnce);
    }

    private int numSamples(GptPart part, int wanted, int samplesAtOnce) {
        long there = datasets.samples(part).map(GptSamples::numSamples).orElse(0L);
        return (int) (Math.min(wanted, there) / samplesAtOnce * samplesAtOnce);
    }

    /// Of a few held-back samples, decoded.
    @Override
    public double charactersPerToken() {
        Optional<GptSamples> held = datasets.samples(GptPart.VALIDATION);
        GptSamples samples =
                held.orElseGet(() -> datasets.samples(GptPart.TRAIN).orElseThrow());
        int[] tokens = new int[sequenceLength + 1];
        long characters = 0;
        long read = Math.min(SAMPLES_READ_FOR_LENGTHS, samples.numSamples());
        for (long index = 0; index < read; index++) {
            samples.sample(index, tokens, 0);
            characters += tokenizer.decode(tokens, 0, sequenceLength).length();
        }
        return Math.max(1, characters) / (double) (read * sequenceLength);
    }

    @Override
    public List<String> describe(TrainConfig train, RunJob job) {
        var lines = new ArrayList<String>();
        datasets.summaries().forEach(summary -> lines.add(summary.describe()));
        lines.add("tokenizer: " + tokenizer.describe());
        if (job instanceof RunJob.Train) {
            lines.add(length(train));
        }
        if (datasets.samples(GptPart.VALIDATION).isEmpty() && train.evalSamples() > 0) {
            lines.add("there are no validation documents (data.split): nothing is evaluated");
        }
        return List.copyOf(lines);
    }

    private String length(TrainConfig train) {
        long samples = (long) train.trainIters() * train.globalBatchSize();
        long tokens = samples * sequenceLength;
        long tokensPerEpoch = datasets.summaries().stream()
                .filter(summary -> summary.part() == GptPart.TRAIN)
                .mapToLong(GptDatasetSummary::tokens)
                .sum();
        return String.format(
                Locale.ROOT,
                "this run: %,d steps, %,d samples, %,d tokens, %.2f epochs",
                train.trainIters(),
                samples,
                tokens,
                (double) tokens / tokensPerEpoch);
    }

    @Override
    public void close() {
        datasets.close();
    }
}
