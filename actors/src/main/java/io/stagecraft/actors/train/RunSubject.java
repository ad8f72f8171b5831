package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.GptSettings;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.data.TrainingSamples;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.stages.run.TokenSamples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// What a run works on: a model and its text, read from files before anything is started.
///
/// @param model sizes, from the configuration or from the checkpoint
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
        Tokenizer tokenizer,
        RunJob job,
        TokenSamples training,
        TokenSamples validation,
        TrainConfig train,
        double charactersPerToken,
        SampleText sample,
        List<String> description) {

    /// A checkpoint's own model and tokenizer.
    private record Saved(Path folder, long step, GptConfig model, Tokenizer tokenizer) {
        String describe() {
            return "checkpoint: " + folder + ", saved after step " + step;
        }
    }

    /// Reads what the job of `request` needs.
    ///
    /// - Errors: those of text and checkpoint; [IllegalStateException] if an evaluation is to take no sample.
    static RunSubject read(RunRequest request) {
        StagecraftConfig config = request.config();
        return switch (request.job()) {
            case RunJob.Train train -> {
                RunText text = RunText.read(config);
                GptConfig model = config.model().withVocabulary(text.tokenizer().vocabSize());
                yield withText(config, text, model, train, List.of());
            }
            case RunJob.Evaluate(Path checkpoint, long _) -> {
                if (config.train().evalSamples() == 0) {
                    throw new IllegalStateException(
                            "evaluating " + checkpoint + " needs train.eval-samples of at least 1 but it is 0");
                }
                Saved saved = saved(checkpoint);
                RunText text = RunText.read(config, saved.tokenizer());
                var job = new RunJob.Evaluate(saved.folder(), saved.step());
                yield withText(config, text, saved.model(), job, List.of(saved.describe()));
            }
            case RunJob.Generate(Path checkpoint, long _) -> withoutText(config, saved(checkpoint));
        };
    }

    private static RunSubject withText(
            StagecraftConfig config, RunText text, GptConfig model, RunJob job, List<String> before) {
        TrainConfig wanted = config.train();
        int evalSamples = text.evaluationSamples(wanted.evalSamples(), RunValues.samplesAtOnce(config));
        var train = new TrainConfig(
                wanted.trainIters(),
                wanted.microBatchSize(),
                wanted.globalBatchSize(),
                wanted.logInterval(),
                wanted.evalInterval(),
                evalSamples);
        var summary = text.dataset().summary();
        var description = new ArrayList<>(before);
        description.add("text: " + summary.describe());
        description.add("tokenizer: " + text.tokenizer().describe());
        if (job instanceof RunJob.Train) {
            description.add(length(text, wanted));
        }
        description.add("evaluation: " + evalSamples + " held-back sequences");
        return new RunSubject(
                model,
                text.tokenizer(),
                job,
                text.dataset().training()::sample,
                text.dataset().validation()::sample,
                train,
                1 / summary.tokensPerCharacter(),
                sample(config, text.tokenizer(), model, text::knownWordShare),
                List.copyOf(description));
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

    /// Generating reads no text, so which words are known cannot be said.
    private static RunSubject withoutText(StagecraftConfig config, Saved saved) {
        TokenSamples none = (index, _, _) -> {
            throw new IllegalStateException("sample " + index + " was asked for, but generating reads no text");
        };
        return new RunSubject(
                saved.model(),
                saved.tokenizer(),
                new RunJob.Generate(saved.folder(), saved.step()),
                none,
                none,
                config.train(),
                1,
                sample(config, saved.tokenizer(), saved.model(), _ -> Double.NaN),
                List.of(saved.describe(), "tokenizer: " + saved.tokenizer().describe()));
    }

    private static SampleText sample(
            StagecraftConfig config, Tokenizer tokenizer, GptConfig model, ToDoubleFunction<String> known) {
        return new ModelSample(
                config.generate(),
                tokenizer,
                Math.min(model.maxPositions(), config.data().sequenceLength()),
                known);
    }

    private static Saved saved(Path checkpoint) {
        try (CheckpointReader reader = CheckpointStore.open(checkpoint)) {
            Manifest manifest = reader.manifest();
            return new Saved(
                    reader.folder(),
                    manifest.position().step(),
                    GptSettings.restore(manifest.section(Manifest.Section.MODEL)),
                    Tokenizer.restore(manifest.section(Manifest.Section.TOKENIZER)));
        }
    }
}
