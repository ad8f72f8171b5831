package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptBuilder;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.parallel.TensorParallelGroup;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// Small models and microbatches of odd sizes for the tests of layers.
final class TinyGpt {
    static final int WIDTH = 12;
    static final int NUM_TOKENS = 11;

    private TinyGpt() {}

    static GptConfig config(Gelu gelu, OutputEmbedding output, double dropout) {
        return config(gelu, output, dropout, 16);
    }

    private static GptConfig config(Gelu gelu, OutputEmbedding output, double dropout, int paddedVocabSize) {
        return new GptConfig(
                2, WIDTH, 4, 7, NUM_TOKENS, paddedVocabSize, 20, 1e-5, gelu, output, dropout, dropout, 0.02);
    }

    /// A row of logits in double is 32 KiB, so that the head takes 128 rows at a time.
    static GptConfig wideVocabulary() {
        return config(Gelu.TANH, OutputEmbedding.UNTIED, 0, 4096);
    }

    /// Three sequences of five positions; the weights of some rows are 0 or 2.
    static MicrobatchContext.Batch batch() {
        return batch(3);
    }

    /// `numSequences` sequences of five positions.
    static MicrobatchContext.Batch batch(int numSequences) {
        int rows = 5 * numSequences;
        int[] tokens =
                IntStream.range(0, rows).map(i -> (i * 7 + 3) % NUM_TOKENS).toArray();
        int[] targets =
                IntStream.range(0, rows).map(i -> (i * 5 + 1) % NUM_TOKENS).toArray();
        double[] weights = IntStream.range(0, rows).mapToDouble(i -> i % 3).toArray();
        return new MicrobatchContext.Batch(numSequences, 5, 1000, tokens, targets, weights, 0.125);
    }

    static TensorParallelRun run(int size, TensorParallelRun.Model model) {
        return new TensorParallelRun(size, model, batch(), WIDTH);
    }

    /// As the other, with three sequences of two or three documents each.
    static TensorParallelRun runWithDocuments(int size, TensorParallelRun.Model model) {
        var starts = List.of(0, 0, 2, 2, 2, 0, 1, 1, 1, 4, 0, 0, 0, 3, 4);
        return new TensorParallelRun(size, model, batch().withStarts(starts), WIDTH);
    }

    /// Layer `index` of a slice of the model.
    static TensorParallelRun.Model layer(GptConfig config, GptSlice slice) {
        return (backend, group, factory) -> Subject.of(
                build(config, slice, backend, group, factory).layers().getFirst(), backend);
    }

    static TensorParallelRun.Model transformer(GptConfig config) {
        return layer(config, new GptSlice(1, 2, Set.of()));
    }

    static TensorParallelRun.Model embedding(GptConfig config) {
        return layer(config, new GptSlice(0, 0, Set.of(GptSlice.End.EMBEDDING)));
    }

    static TensorParallelRun.Model head(GptConfig config) {
        return (backend, group, factory) -> {
            var slice = new GptSlice(2, 2, Set.of(GptSlice.End.HEAD));
            return switch (build(config, slice, backend, group, factory).end()) {
                case GptStage.End.Loss(LossHead head) -> Subject.of(head, backend);
                case GptStage.End.NextStage() -> throw new IllegalStateException("the slice has a head");
            };
        };
    }

    static TensorParallelRun.Model whole(GptConfig config) {
        return (backend, group, factory) ->
                Subject.of(build(config, GptSlice.whole(config), backend, group, factory), backend);
    }

    private static GptStage build(
            GptConfig config, GptSlice slice, Backend backend, TensorParallelGroup group, ParameterFactory factory) {
        return new GptBuilder(config, backend, group, 42).build(slice, factory);
    }
}
