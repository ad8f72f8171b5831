package io.stagecraft.model.gpt;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.layer.History;
import io.stagecraft.model.layer.KeyValueCache;
import io.stagecraft.model.layer.Layer;
import io.stagecraft.model.layer.LossHead;
import io.stagecraft.model.layer.MicrobatchContext;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
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
        var context = new Context(tokens, firstPosition);
        Tensor x = context.tokens();
        for (Layer layer : stage.layers()) {
            x = layer.forward(x, context).output();
        }
        return MicrobatchContext.read(backend, head.logits(x, context));
    }

    private Tensor ints(int[] values) {
        Tensor tensor = arena.allocate(DType.INT32, Shape.of(values.length));
        backend.upload(values, 0, tensor);
        return tensor;
    }

    private final class Context implements ForwardContext {
        private final int numPositions;
        private final int firstPosition;
        private final Tensor tokens;
        private final Tensor positions;

        Context(int[] ids, int firstPosition) {
            this.numPositions = ids.length;
            this.firstPosition = firstPosition;
            tokens = ints(ids);
            positions = ints(
                    IntStream.range(firstPosition, firstPosition + ids.length).toArray());
        }

        @Override
        public Mode mode() {
            return Mode.EVALUATION;
        }

        @Override
        public History history() {
            return new History.Cached(cache, 0, firstPosition);
        }

        @Override
        public int numSequences() {
            return 1;
        }

        @Override
        public int numPositions() {
            return numPositions;
        }

        @Override
        public long firstSample() {
            return 0;
        }

        @Override
        public Tensor tokens() {
            return tokens;
        }

        @Override
        public Tensor positions() {
            return positions;
        }

        @Override
        public AttentionMask attentionMask() {
            throw new UnsupportedOperationException("there are no documents in generation");
        }

        @Override
        public Tensor targets() {
            throw new UnsupportedOperationException("there are no targets in generation");
        }

        @Override
        public Tensor lossWeights() {
            throw new UnsupportedOperationException("there is no loss in generation");
        }

        @Override
        public double lossScale() {
            throw new UnsupportedOperationException("there is no loss in generation");
        }

        @Override
        public TensorArena arena() {
            return arena;
        }

        @Override
        public TensorArena gradients() {
            throw new UnsupportedOperationException("there are no gradients in generation");
        }
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
