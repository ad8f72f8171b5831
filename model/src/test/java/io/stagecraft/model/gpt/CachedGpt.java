package io.stagecraft.model.gpt;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.History;
import io.stagecraft.model.layer.InferenceContext;
import io.stagecraft.model.layer.KeyValueCache;
import io.stagecraft.model.layer.Layer;
import io.stagecraft.model.layer.LossHead;
import io.stagecraft.model.layer.MicrobatchContext;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// A whole GPT on one rank that goes on where its cache ends, one sequence, for tests.
final class CachedGpt implements AutoCloseable {
    private final Backend backend;
    private final GptConfig config;
    private final ParameterStore store;
    private final GptStage stage;
    private final LossHead head;
    private final KeyValueCache cache;
    private final Storage memory;
    private final TensorArena arena;

    /// Weights come from `load`; none of them has a gradient.
    CachedGpt(Backend backend, GptConfig config, Consumer<Parameter> load) {
        this.backend = backend;
        this.config = config;
        var builder = new GptBuilder(config, backend, TensorParallelGroup.single(), 0);
        var slice = GptSlice.whole(config);
        var sizes = ParameterStore.measure(backend, f -> builder.build(slice, f));
        store = ParameterStore.allocate(backend, sizes.weightsOnly());
        stage = builder.build(slice, store);
        head = ((GptStage.End.Loss) stage.end()).head();
        stage.parameters().forEach(load);
        cache = new KeyValueCache(
                backend,
                new KeyValueCache.Extent(
                        0, config.numLayers(), 1, config.maxPositions(), config.numHeads(), config.headSize()));
        memory = backend.allocate(16 << 20);
        arena = new TensorArena("test", memory);
    }

    /// Logits `[tokens, V]` of `tokens`, which go on at `firstPosition`.
    double[] forward(int[] tokens, int firstPosition) {
        arena.reset();
        int[] positions =
                IntStream.range(firstPosition, firstPosition + tokens.length).toArray();
        var history = new History.Cached(cache, 0, firstPosition);
        var context = new InferenceContext(backend, arena, tokens, positions, history);
        Tensor x = context.tokens();
        for (Layer layer : stage.layers()) {
            x = layer.forward(x, context).output();
        }
        return MicrobatchContext.read(backend, head.logits(x, context));
    }

    int vocabSize() {
        return config.vocabSize();
    }

    @Override
    public void close() {
        store.close();
        cache.close();
        memory.close();
    }
}
