package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.evaluation.LambadaTask;
import io.stagecraft.model.evaluation.ScoringTask;
import io.stagecraft.model.evaluation.WikiTextTask;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a benchmark is to measure.
///
/// @param benchmark which one
/// @param model a checkpoint of a run or a folder of them, or a model that others saved
/// @param text file of the benchmark
/// @param sequenceLength positions of a window; 0 for as many as the model was trained on
/// @param tokenizer of the model, if it does not bring one along; at most one
public record ScoreOrder(
        Benchmark benchmark, Path model, Path text, int sequenceLength, List<TokenizerSource> tokenizer) {
    public ScoreOrder {
        tokenizer = List.copyOf(tokenizer);
        if (sequenceLength < 0) {
            throw new IllegalArgumentException("the sequence length must be >= 1 but is " + sequenceLength);
        }
    }

    /// Which benchmark.
    public sealed interface Benchmark {
        /// For people, as Megatron-LM names it.
        String name();

        /// Perplexity of a file of WikiText.
        ///
        /// @param name of the data set
        /// @param overlap targets that a window adds
        record WikiText(String name, int overlap) implements Benchmark {}

        /// The last word of each text.
        ///
        /// @param target what counts as the word
        record Lambada(LambadaTask.Target target) implements Benchmark {
            @Override
            public String name() {
                return target == LambadaTask.Target.WORD ? "LAMBADA (strict)" : "LAMBADA";
            }
        }
    }

    /// Reads the model's sizes, its tokenizer and the text.
    ///
    /// - Errors: [IllegalArgumentException] and those of model and vocabulary, meant for the person who asked.
    public RunJob job(StagecraftConfig config) {
        SavedModel saved = saved(config);
        Tokenizer own = saved.tokenizer();
        if (own.vocabSize() > saved.model().paddedVocabSize()) {
            throw new IllegalArgumentException("the tokenizer has " + own.vocabSize() + " tokens but the model "
                    + saved.folder() + " knows " + saved.model().paddedVocabSize());
        }
        return new RunJob.Score(saved, benchmark.name(), task(own, saved.sequenceLength()));
    }

    private SavedModel saved(StagecraftConfig config) {
        SavedModel saved =
                tokenizer.isEmpty() ? SavedModel.read(model, config.parallel().topology(), List.of()) : foreign(config);
        int longest = saved.model().maxPositions();
        if (sequenceLength > longest) {
            throw new IllegalArgumentException("the model " + saved.folder() + " has " + longest
                    + " positions but windows are to have " + sequenceLength);
        }
        int positions = sequenceLength == 0 ? saved.sequenceLength() : sequenceLength;
        return new SavedModel(saved.folder(), saved.step(), saved.model(), positions, saved.tokenizer());
    }

    private SavedModel foreign(StagecraftConfig config) {
        try (ModelSource source = ModelSources.open(model)) {
            SavedModel.requireFits(
                    source.path(), source.model(), config.parallel().topology());
            ModelSources.requireTensors(source);
            return new SavedModel(
                    source.path(),
                    source.progress().step(),
                    source.model(),
                    source.model().maxPositions(),
                    tokenizer.getFirst().open());
        }
    }

    private ScoringTask task(Tokenizer own, int positions) {
        try {
            return switch (benchmark) {
                case Benchmark.WikiText(String _, int overlap) ->
                    WikiTextTask.of(Files.readString(text), own, positions, overlap);
                case Benchmark.Lambada(LambadaTask.Target target) ->
                    LambadaTask.of(Files.readAllLines(text), own, positions, target);
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(text + ": " + e.getMessage(), e);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the text " + text + " is not UTF-8", e);
        } catch (IOException e) {
            String why = Files.exists(text) ? e.toString() : "there is no such file";
            throw new UncheckedIOException("cannot read the text " + text + ": " + why, e);
        }
    }
}
