package io.stagecraft.model.gpt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.gpt.GptStage.TiedEmbedding;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterSizes;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.layer.TrainedParameter;
import io.stagecraft.model.parallel.MeasuringGroup;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

class GptBuilderTest {
    private final ScalarBackend backend = new ScalarBackend(DType.FLOAT32);

    private static GptConfig config(OutputEmbedding output) {
        return new GptConfig(3, 16, 4, 8, 30, 32, 64, 1e-5, Gelu.TANH, output, 0, 0, 0.02);
    }

    private GptStage build(GptConfig config, GptSlice slice, ParameterStore store) {
        return new GptBuilder(config, backend, TensorParallelGroup.single(), 1).build(slice, store);
    }

    private ParameterStore store(GptConfig config, GptSlice slice) {
        var builder = new GptBuilder(config, backend, TensorParallelGroup.single(), 1);
        ParameterSizes sizes = ParameterStore.measure(backend, f -> builder.build(slice, f));
        return ParameterStore.allocate(backend, sizes);
    }

    private List<String> names(OutputEmbedding output, GptSlice slice) {
        var config = config(output);
        try (var store = store(config, slice)) {
            return build(config, slice, store).parameters().stream()
                    .map(Parameter::name)
                    .toList();
        }
    }

    /// Oracle: Megatron-LM, with global layer numbers.
    @Test
    void shouldNameParametersAsMegatronInTheModelsOrder() {
        assertThat(names(
                        OutputEmbedding.UNTIED,
                        new GptSlice(
                                2,
                                3,
                                GptSlice.whole(config(OutputEmbedding.TIED)).ends())))
                .containsExactly(
                        "language_model.embedding.word_embeddings.weight",
                        "language_model.embedding.position_embeddings.weight",
                        "language_model.encoder.layers.2.input_layernorm.weight",
                        "language_model.encoder.layers.2.input_layernorm.bias",
                        "language_model.encoder.layers.2.self_attention.query_key_value.weight",
                        "language_model.encoder.layers.2.self_attention.query_key_value.bias",
                        "language_model.encoder.layers.2.self_attention.dense.weight",
                        "language_model.encoder.layers.2.self_attention.dense.bias",
                        "language_model.encoder.layers.2.post_attention_layernorm.weight",
                        "language_model.encoder.layers.2.post_attention_layernorm.bias",
                        "language_model.encoder.layers.2.mlp.dense_h_to_4h.weight",
                        "language_model.encoder.layers.2.mlp.dense_h_to_4h.bias",
                        "language_model.encoder.layers.2.mlp.dense_4h_to_h.weight",
                        "language_model.encoder.layers.2.mlp.dense_4h_to_h.bias",
                        "language_model.encoder.final_layernorm.weight",
                        "language_model.encoder.final_layernorm.bias",
                        "language_model.output_layer.weight");
    }

    @Test
    void shouldCountTheParametersThatTheConfigurationSays() {
        for (OutputEmbedding output : OutputEmbedding.values()) {
            var config = config(output);
            try (var store = store(config, GptSlice.whole(config))) {
                long count = build(config, GptSlice.whole(config), store).parameters().stream()
                        .filter(p -> p.role() == Parameter.Role.OWN)
                        .mapToLong(p -> p.globalShape().numElements())
                        .sum();
                assertThat(count).isEqualTo(config.numParameters());
            }
        }
    }

    @Test
    void shouldShareTheValueButNotTheGradientOfATiedEmbeddingOnOneRank() {
        var config = config(OutputEmbedding.TIED);
        try (var store = store(config, GptSlice.whole(config))) {
            var tied = (TiedEmbedding.Both)
                    build(config, GptSlice.whole(config), store).tiedEmbedding();
            assertThat(tied.copy().value()).isEqualTo(tied.own().value());
            assertThat(tied.copy().gradient().storage())
                    .isNotSameAs(tied.own().gradient().storage());
            assertThat(store.trained()).extracting(TrainedParameter::parameter).doesNotContain(tied.copy());
        }
    }

    @Test
    void shouldTrainTheCopyOfATiedEmbeddingOnTheLastStage() {
        var config = config(OutputEmbedding.TIED);
        var slice = GptSlice.ofStage(2, 3, 1, 2);
        try (var store = store(config, slice)) {
            var tied = (TiedEmbedding.Last) build(config, slice, store).tiedEmbedding();
            assertThat(store.trained()).extracting(TrainedParameter::parameter).contains(tied.copy());
        }
    }

    @Test
    void shouldHaveTheOwnEmbeddingOnTheFirstStageOnly() {
        var config = config(OutputEmbedding.TIED);
        var first = GptSlice.ofStage(0, 1, 0, 3);
        var middle = GptSlice.ofStage(1, 2, 1, 3);
        try (var store = store(config, first);
                var other = store(config, middle)) {
            assertThat(build(config, first, store).tiedEmbedding()).isInstanceOf(TiedEmbedding.First.class);
            assertThat(build(config, middle, other).tiedEmbedding()).isInstanceOf(TiedEmbedding.Absent.class);
        }
    }

    /// Biases and normalization of 16 floats fill a cache line, so only sizes below it are padded.
    @Test
    void shouldMeasureWhatTheParametersTake() {
        var config = config(OutputEmbedding.TIED);
        var builder = new GptBuilder(config, backend, TensorParallelGroup.single(), 1);
        ParameterSizes sizes = ParameterStore.measure(backend, f -> builder.build(GptSlice.whole(config), f));
        assertThat(sizes.weightBytes()).isEqualTo(4 * config.numParameters());
        assertThat(sizes.gradientBytes()).isEqualTo(4 * (config.numParameters() + 32 * 16));
        assertThat(sizes.momentBytes()).isEqualTo(8 * config.numParameters());
    }

    @Test
    void shouldZeroAllGradients() {
        var config = config(OutputEmbedding.TIED);
        try (var store = store(config, GptSlice.whole(config))) {
            GptStage stage = build(config, GptSlice.whole(config), store);
            stage.parameters().forEach(p -> backend.fill(p.gradient(), 3));
            store.zeroGradients();
            for (Parameter parameter : stage.parameters()) {
                assertThat(backend.read(parameter.gradient(), 0))
                        .as(parameter.name())
                        .isZero();
            }
        }
    }

    @Test
    void shouldRefuseATensorSizeThatDoesNotDivideTheHeads() {
        assertThatThrownBy(() -> new GptBuilder(config(OutputEmbedding.TIED), backend, new MeasuringGroup(0, 3), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("numHeads")
                .hasMessageContaining("3");
    }
}
