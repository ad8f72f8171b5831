package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import io.stagecraft.stages.run.RankPurpose;
import io.stagecraft.stages.run.TokenSamples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a run works on: a model and its samples, read from files before anything is started.
///
/// Owns the samples until it is closed.
///
/// @param model sizes, from the configuration or from the checkpoint
/// @param sequenceLength tokens of a sequence, and the longest context of the sample: what the
///     model is or was trained on
/// @param job with the checkpoint that is really read
/// @param samples to train and to evaluate on
/// @param train with the number of held-back samples that there are
/// @param sample what to generate
/// @param description lines for the operator
record RunSubject(
        GptConfig model,
        int sequenceLength,
        RunJob job,
        RunSamples samples,
        TrainConfig train,
        SampleText sample,
        List<String> description)
        implements AutoCloseable {

    /// A model and the length of the sequences it sees, in tokens.
    private record Trained(GptConfig model, int sequenceLength) {}

    /// Reads what the job of `request` needs.
    ///
    /// - Errors: those of text, data sets and checkpoint; [IllegalStateException] if an evaluation
    ///   is to take no sample; [IllegalArgumentException] if a saved model has other sizes than the
    ///   configuration.
    static RunSubject read(RunRequest request) {
        StagecraftConfig config = request.config();
        return switch (request.job()) {
            case RunJob.Train train -> training(request, train);
            case RunJob.Evaluate(Path checkpoint, long _) -> evaluating(config, checkpoint);
            case RunJob.Score score -> scoring(config, score);
            case RunJob.Generate generate -> generating(config, generate);
        };
    }

    private static RunSubject training(RunRequest request, RunJob.Train train) {
        StagecraftConfig config = request.config();
        RunSamples samples = RunSamples.open(config, request.cacheFolder());
        try {
            GptConfig wanted = config.model().withVocabulary(samples.tokenizer().vocabSize());
            GptConfig model = switch (train.start()) {
                case Start.Fresh _, Start.Resume _ -> wanted;
                case Start.FromModel(Path saved) -> StartModel.fitting(wanted, saved, config);
                case Start.Continue(Path saved) -> StartModel.fitting(wanted, saved, config);
            };
            return of(config, samples, new Trained(model, config.data().sequenceLength()), train, List.of());
        } catch (RuntimeException e) {
            samples.close();
            throw e;
        }
    }

    private static RunSubject evaluating(StagecraftConfig config, Path checkpoint) {
        if (config.train().evalSamples() == 0) {
            throw new IllegalStateException(
                    "evaluating " + checkpoint + " needs train.eval-samples of at least 1 but it is 0");
        }
        SavedModel saved = SavedModel.read(checkpoint, config, List.of());
        int sequenceLength = Math.min(config.data().sequenceLength(), saved.sequenceLength());
        RunSamples samples = RunSamples.open(config, saved.tokenizer(), sequenceLength);
        try {
            var job = new RunJob.Evaluate(saved.folder(), saved.step());
            var trained = new Trained(saved.model(), sequenceLength);
            RunSubject subject = of(config, samples, trained, job, List.of(saved.describe()));
            if (subject.train().evalSamples() == 0) {
                throw new IllegalStateException("there is nothing to evaluate on: the data sets hold back fewer than "
                        + RunValues.samplesAtOnce(config) + " samples (train.micro-batch-size x parallel.data-size);"
                        + " data.split gives the second part a share, or data.valid-path names data");
            }
            return subject;
        } catch (RuntimeException e) {
            samples.close();
            throw e;
        }
    }

    private static RunSubject scoring(StagecraftConfig config, RunJob.Score job) {
        SavedModel saved = job.saved();
        RunSamples samples = NoText.of(saved.tokenizer(), job.task());
        var description = new ArrayList<>(List.of(saved.describe()));
        description.addAll(samples.describe(config.train(), job));
        return new RunSubject(
                saved.model(),
                saved.sequenceLength(),
                job,
                samples,
                config.train(),
                sample(config, samples, new Trained(saved.model(), saved.sequenceLength())),
                List.copyOf(description));
    }

    private static RunSubject generating(StagecraftConfig config, RunJob.Generate generate) {
        GenerationWishes wishes = generate.wishes();
        SavedModel saved = SavedModel.read(generate.checkpoint(), config, named(wishes.vocabulary()));
        Tokenizer tokenizer = saved.tokenizer();
        RunSamples samples = NoText.of(tokenizer);
        var batch = new TextBatch(config.generate(), wishes, saved.model(), tokenizer, saved.sequenceLength());
        var job = new RunJob.Generate(saved.folder(), saved.step(), wishes);
        var sample = new ModelSample(batch.request(), batch.prompts(), tokenizer, samples::knownWordShare);
        var description = new ArrayList<String>();
        description.add(saved.describe());
        description.addAll(samples.describe(config.train(), job));
        batch.prompts()
                .forEach(prompt -> description.addAll(PromptRemarks.of(prompt, tokenizer, saved.sequenceLength())));
        description.addAll(batch.remarks());
        return new RunSubject(
                saved.model(), saved.sequenceLength(), job, samples, config.train(), sample, List.copyOf(description));
    }

    private static List<TokenizerSource> named(List<Path> vocabulary) {
        return vocabulary.isEmpty()
                ? List.of()
                : List.of(new TokenizerSource.GptBpeFiles(vocabulary.get(0), vocabulary.get(1)));
    }

    private static RunSubject of(
            StagecraftConfig config, RunSamples samples, Trained trained, RunJob job, List<String> before) {
        TrainConfig wanted = config.train();
        int evalSamples = samples.evaluationSamples(wanted.evalSamples(), RunValues.samplesAtOnce(config));
        Tokenizer tokenizer = samples.tokenizer();
        var description = new ArrayList<>(before);
        description.addAll(samples.describe(wanted, job));
        int testSamples = samples.testSamples(wanted.evalSamples(), RunValues.samplesAtOnce(config));
        description.add("evaluation: " + evalSamples + " held-back sequences"
                + (testSamples == 0 || !(job instanceof RunJob.Train)
                        ? ""
                        : ", and at the end " + testSamples + " of the test part"));
        description.addAll(PromptRemarks.of(config.generate().prompt(), tokenizer, trained.sequenceLength()));
        return new RunSubject(
                trained.model(),
                trained.sequenceLength(),
                job,
                samples,
                wanted.withEvalSamples(evalSamples),
                sample(config, samples, trained),
                List.copyOf(description));
    }

    /// The text that the configuration asks for.
    private static SampleText sample(StagecraftConfig config, RunSamples samples, Trained trained) {
        var batch = new TextBatch(
                config.generate(),
                GenerationWishes.asConfigured(),
                trained.model(),
                samples.tokenizer(),
                trained.sequenceLength());
        return new ModelSample(batch.request(), batch.prompts(), samples.tokenizer(), samples::knownWordShare);
    }

    /// What the ranks are opened for.
    RankPurpose purpose() {
        RankPurpose generation = sample.request().purpose();
        return switch (job) {
            case RunJob.Train _ ->
                sample.request().numTokens() == 0
                        ? new RankPurpose(RankPurpose.Use.TRAINING, 0, 0)
                        : new RankPurpose(RankPurpose.Use.TRAINING, 1, generation.numPositions());
            case RunJob.Evaluate _, RunJob.Score _ -> RankPurpose.evaluation();
            case RunJob.Generate _ -> generation;
        };
    }

    /// Between text and tokens.
    Tokenizer tokenizer() {
        return samples.tokenizer();
    }

    /// Training samples by their number.
    TokenSamples training() {
        return samples.training();
    }

    /// Of the text, for losses a character.
    double charactersPerToken() {
        return samples.charactersPerToken();
    }

    @Override
    public void close() {
        samples.close();
    }
}
