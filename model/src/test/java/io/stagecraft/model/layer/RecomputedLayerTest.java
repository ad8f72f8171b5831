package io.stagecraft.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptBuilder;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.gpt.Recomputation;
import io.stagecraft.model.layer.ForwardContext.Mode;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A model that computes again is the model. Oracle: the one that keeps everything.
class RecomputedLayerTest {
    private static final GptConfig CONFIG = TinyGpt.config(Gelu.TANH, OutputEmbedding.TIED, 0.25);
    private static final Recomputation KEEP = new Recomputation.None();
    private static final long ARENA_BYTES = 4 << 20;

    private final Backend backend = new ScalarBackend(DType.FLOAT32);

    static Stream<Recomputation> kinds() {
        return Stream.of(
                new Recomputation.Selective(),
                new Recomputation.Uniform(1),
                new Recomputation.Uniform(2),
                new Recomputation.Block(1),
                new Recomputation.Block(7));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldGiveTheSameGradientsBitForBit(Recomputation recomputation) {
        assertThat(lossAndGradients(recomputation)).isEqualTo(lossAndGradients(KEEP));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldHaveTheSameParametersInTheSameOrder(Recomputation recomputation) {
        assertThat(names(recomputation)).isEqualTo(names(KEEP));
    }

    @Test
    void shouldKeepItsOutputOnly() {
        try (var context = new MicrobatchContext(backend, Mode.TRAINING, TinyGpt.batch(), ARENA_BYTES)) {
            Layer layer = stage(new Recomputation.Uniform(2)).layers().get(1);
            Tensor x = context.arena().allocate(backend.dtype(), Shape.of(15, TinyGpt.WIDTH));
            long before = context.arena().mark();
            layer.forward(x, context);
            // [15, 12] floats are 720 bytes, rounded up to 768 by the arena's alignment
            assertThat(context.arena().mark() - before).isEqualTo(768);
        }
    }

    @Test
    void shouldRefuseWeightGradientsBeforeThoseOfTheInput() {
        try (var context = new MicrobatchContext(backend, Mode.TRAINING, TinyGpt.batch(), ARENA_BYTES)) {
            Layer layer = stage(new Recomputation.Uniform(1)).layers().get(1);
            Pass pass = layer.forward(context.arena().allocate(backend.dtype(), Shape.of(15, TinyGpt.WIDTH)), context);
            assertThatThrownBy(pass::backwardWeight).hasMessageContaining("after backwardInput");
        }
    }

    private double[] lossAndGradients(Recomputation recomputation) {
        GptStage stage = stage(recomputation);
        try (var context = new MicrobatchContext(backend, Mode.TRAINING, TinyGpt.batch(), ARENA_BYTES)) {
            Subject subject = Subject.of(stage, backend);
            double loss = subject.forward(context.arena().allocate(backend.dtype(), Shape.of(0)), context);
            subject.backward(context);
            return Stream.concat(
                            Stream.of(new double[] {loss}),
                            stage.parameters().stream()
                                    .map(parameter -> MicrobatchContext.read(backend, parameter.gradient())))
                    .flatMapToDouble(Arrays::stream)
                    .toArray();
        }
    }

    private List<String> names(Recomputation recomputation) {
        return stage(recomputation).parameters().stream().map(Parameter::name).toList();
    }

    private GptStage stage(Recomputation recomputation) {
        var builder = new GptBuilder(CONFIG, backend, TensorParallelGroup.single(), 42, recomputation);
        var slice = GptSlice.whole(CONFIG);
        var store = ParameterStore.allocate(backend, ParameterStore.measure(backend, f -> builder.build(slice, f)));
        GptStage stage = builder.build(slice, store);
        var initializer = new ParameterInitializer(backend, 42);
        stage.parameters().forEach(initializer::initialize);
        store.zeroGradients();
        return stage;
    }
}
