package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.data.TrainingSamples;
import io.stagecraft.model.data.ValidationSamples;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.stages.generation.GenerationRequest;
import io.stagecraft.stages.run.RankPurpose;
import io.stagecraft.stages.run.TokenSamples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// What a run works on: a model and its text, read from files before anything is started.
///
/// @param model sizes, from the configuration or from the checkpoint
/// @param sequenceLength tokens of a sequence, and the longest context of the sample: what the model is
///     or was trained on
/// @param tokenizer between text and tokens
/// @param job with the checkpoint that is really read
/// @param training samples
/// @param validation samples that are held back
/// @param train with the number of held-back samples that there are
/// @param charactersPerToken of the text
/// @param sample what to generate
/// @param description lines for the operator
record RunSubject(
        GptConfig model,
        int sequenceLength,
        Tokenizer tokenizer,
        RunJob job,
        TokenSamples training,
        TokenSamples validation,
        TrainConfig train,
        double charactersPerToken,
        SampleText sample,
        List<String> description) {

    /// A model and the length of the sequences it sees, in tokens.
    private record Trained(GptConfig model, int sequenceLength) {}

    /// Reads what the job of `request` needs.
    ///
    /// - Errors: those of text and checkpoint; [IllegalStateException] if an evaluation is to take no sample.
    static RunSubject read(RunRequest request) {
        StagecraftConfig config = request.config();
        return switch (request.job()) {
            case RunJob.Train train -> {
                RunText text = RunText.read(config);
                GptConfig model = config.model().withVocabulary(text.tokenizer().vocabSize());
                yield withText(config, text, new Trained(model, config.data().sequenceLength()), train, List.of());
            }
            case RunJob.Evaluate(Path checkpoint, long _) -> {
                if (config.train().evalSamples() == 0) {
                    throw new IllegalStateException(
                            "evaluating " + checkpoint + " needs train.eval-samples of at least 1 but it is 0");
                }
                SavedModel saved = SavedModel.read(checkpoint, config.parallel().topology(), List.of());
                int sequenceLength = Math.min(config.data().sequenceLength(), saved.sequenceLength());
                RunText text = RunText.read(config, saved.tokenizer(), sequenceLength);
                var job = new RunJob.Evaluate(saved.folder(), saved.step());
                var trained = new Trained(saved.model(), sequenceLength);
                yield withText(config, text, trained, job, List.of(saved.describe()));
            }
            case RunJob.Generate generate -> withoutText(config, generate.wishes(), saved(config, generate));
        };
    }

    private static RunSubject withText(
            StagecraftConfig config, RunText text, Trained trained, RunJob job, List<String> before) {
        TrainConfig wanted = config.train();
        int evalSamples = text.evaluationSamples(wanted.evalSamples(), RunValues.samplesAtOnce(config));
        var train = wanted.withEvalSamples(evalSamples);
        var summary = text.dataset().summary();
        var description = new ArrayList<>(before);
        description.add("text: " + summary.describe());
        description.add("tokenizer: " + text.tokenizer().describe());
        if (job instanceof RunJob.Train) {
            description.add(length(text, wanted));
        }
        description.add("evaluation: " + evalSamples + " held-back sequences");
        description.addAll(PromptRemarks.of(config.generate().prompt(), text.tokenizer(), trained.sequenceLength()));
        return new RunSubject(
                trained.model(),
                trained.sequenceLength(),
                text.tokenizer(),
                job,
                text.dataset().training()::sample,
                around(text.dataset().validation()),
                train,
                1 / summary.tokensPerCharacter(),
                sample(config, text.tokenizer(), trained, text::knownWordShare),
                List.copyOf(description));
    }

    /// Evaluations that go on where the one before stopped begin anew behind the last sample.
    private static TokenSamples around(ValidationSamples held) {
        return (index, into, offset) -> held.sample(index % held.numSamples(), into, offset);
    }

    private static String length(RunText text, TrainConfig train) {
        TrainingSamples samples = text.dataset().training();
        long numSamples = (long) train.trainIters() * train.globalBatchSize();
        return String.format(
                Locale.ROOT,
                "this run: %,d steps, %,d samples, %,d tokens, %.2f epochs",
                train.trainIters(),
                numSamples,
                numSamples * samples.sequenceLength(),
                samples.epochs(numSamples));
    }

    private static SavedModel saved(StagecraftConfig config, RunJob.Generate generate) {
        return SavedModel.read(
                generate.checkpoint(),
                config.parallel().topology(),
                generate.wishes().vocabulary());
    }

    /// Generating reads no text, so which words are known cannot be said.
    private static RunSubject withoutText(StagecraftConfig config, GenerationWishes wishes, SavedModel saved) {
        TokenSamples none = (index, _, _) -> {
            throw new IllegalStateException("sample " + index + " was asked for, but generating reads no text");
        };
        var batch = new TextBatch(config.generate(), wishes, saved.model(), saved.tokenizer(), saved.sequenceLength());
        var description = new ArrayList<String>();
        description.add(saved.describe());
        description.add("tokenizer: " + saved.tokenizer().describe());
        batch.prompts()
                .forEach(prompt ->
                        description.addAll(PromptRemarks.of(prompt, saved.tokenizer(), saved.sequenceLength())));
        GenerationRequest request = batch.request();
        description.addAll(batch.remarks());
        return new RunSubject(
                saved.model(),
                saved.sequenceLength(),
                saved.tokenizer(),
                new RunJob.Generate(saved.folder(), saved.step(), wishes),
                none,
                none,
                config.train(),
                1,
                new ModelSample(request, batch.prompts(), saved.tokenizer(), _ -> Double.NaN),
                List.copyOf(description));
    }

    /// The sample of a run that reads a text.
    private static SampleText sample(
            StagecraftConfig config, Tokenizer tokenizer, Trained trained, ToDoubleFunction<String> known) {
        var batch = new TextBatch(
                config.generate(),
                GenerationWishes.asConfigured(),
                trained.model(),
                tokenizer,
                trained.sequenceLength());
        return new ModelSample(batch.request(), batch.prompts(), tokenizer, known);
    }

    /// What the ranks are opened for.
    RankPurpose purpose() {
        return switch (job) {
            case RunJob.Train _ ->
                new RankPurpose(
                        RankPurpose.Use.TRAINING, 1, sample.request().purpose().numPositions());
            case RunJob.Evaluate _ -> RankPurpose.evaluation();
            case RunJob.Generate _ -> sample.request().purpose();
        };
    }
}
