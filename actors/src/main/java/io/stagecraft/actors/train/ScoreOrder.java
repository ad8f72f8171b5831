package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
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
/// @param sequenceLength positions of a window at most; 0 for as many as the model was trained on
/// @param tokenizer in place of the one that the model brings along; at most one
public record ScoreOrder(
        Benchmark benchmark, Path model, Path text, int sequenceLength, List<TokenizerSource> tokenizer) {
    private static final long MOST_BYTES = 1L << 30;

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
        /// @param overlap targets that a window adds; 0 for 32, or all of a shorter window
        record WikiText(String name, int overlap) implements Benchmark {
            private static final int USUAL_OVERLAP = 32;

            /// Targets that a window of `positions` adds.
            int overlapOf(int positions) {
                return overlap == 0 ? Math.min(USUAL_OVERLAP, positions) : overlap;
            }
        }

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
    /// - Errors: [IllegalArgumentException] and those of model and vocabulary, meant for the person
    ///   who asked.
    public RunJob job(StagecraftConfig config) {
        SavedModel saved = SavedModel.read(model, config, tokenizer);
        int longest = saved.model().maxPositions();
        if (sequenceLength > longest) {
            throw new IllegalArgumentException("the model " + saved.folder() + " has " + longest
                    + " positions but windows are to have " + sequenceLength);
        }
        int positions = sequenceLength == 0 ? saved.sequenceLength() : sequenceLength;
        ScoringTask task = task(saved.tokenizer(), positions);
        return new RunJob.Score(saved.withSequenceLength(task.sequenceLength()), benchmark.name(), task);
    }

    private ScoringTask task(Tokenizer own, int positions) {
        try {
            requireReadable();
            return switch (benchmark) {
                case Benchmark.WikiText wiki ->
                    WikiTextTask.of(Files.readString(text), own, positions, wiki.overlapOf(positions));
                case Benchmark.Lambada(LambadaTask.Target target) ->
                    LambadaTask.of(Files.readAllLines(text), own, positions, target);
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(text + ": " + e.getMessage(), e);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the text " + text + " is not UTF-8", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the text " + text + ": " + e.getMessage(), e);
        }
    }

    /// The text is read whole.
    private void requireReadable() throws IOException {
        if (!Files.isRegularFile(text)) {
            throw new IOException(Files.exists(text) ? "it is no file" : "there is no such file");
        }
        if (Files.size(text) > MOST_BYTES) {
            throw new IOException(
                    "it has " + Files.size(text) + " bytes, of which at most " + MOST_BYTES + " are read");
        }
    }
}
