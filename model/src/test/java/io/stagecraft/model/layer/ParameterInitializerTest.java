package io.stagecraft.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptBuilder;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.parallel.MeasuringGroup;
import io.stagecraft.model.tensor.DType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParameterInitializerTest {
    private static final GptConfig CONFIG =
            new GptConfig(2, 64, 4, 32, 200, 256, 256, 1e-5, Gelu.TANH, OutputEmbedding.UNTIED, 0, 0, 0.02);

    /// The global tensors, put together from the parts of `size` ranks.
    private static Map<String, double[]> globals(int size) {
        var globals = new LinkedHashMap<String, double[]>();
        for (int rank = 0; rank < size; rank++) {
            var backend = new ScalarBackend(DType.FLOAT32);
            for (Parameter parameter : initialized(backend, rank, size)) {
                double[] part = MicrobatchContext.read(backend, parameter.value());
                int[] places = GlobalValues.places(parameter);
                double[] global = globals.computeIfAbsent(
                        parameter.name(),
                        _ -> new double[(int) parameter.globalShape().numElements()]);
                for (int i = 0; i < places.length; i++) {
                    global[places[i]] = part[i];
                }
            }
        }
        return globals;
    }

    private static List<Parameter> initialized(Backend backend, int rank, int size) {
        var builder = new GptBuilder(CONFIG, backend, new MeasuringGroup(rank, size), 1);
        var slice = GptSlice.whole(CONFIG);
        var store = ParameterStore.allocate(backend, ParameterStore.measure(backend, f -> builder.build(slice, f)));
        List<Parameter> parameters = builder.build(slice, store).parameters();
        var initializer = new ParameterInitializer(backend, 1);
        parameters.forEach(initializer::initialize);
        return parameters;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void shouldGiveTheSameGlobalTensorsAtEveryTensorSize(int size) {
        Map<String, double[]> alone = globals(1);
        globals(size).forEach((name, values) -> assertThat(values).as(name).isEqualTo(alone.get(name)));
    }

    /// The sample standard deviation of n = 16384 has standard deviation s / sqrt(2 n) = 0.6 %; five.
    @Test
    void shouldDrawWordEmbeddingsWithTheStandardDeviationAskedFor() {
        double[] words = globals(1).get("language_model.embedding.word_embeddings.weight");
        assertThat(standardDeviation(words)).isCloseTo(0.02, within(0.02 * 0.03));
    }

    /// Megatron-LM scales these by 1 / sqrt(2 layers), here 1/2.
    @Test
    void shouldScaleOutputProjectionsByTheDepth() {
        double[] dense = globals(1).get("language_model.encoder.layers.1.mlp.dense_4h_to_h.weight");
        assertThat(standardDeviation(dense)).isCloseTo(0.01, within(0.01 * 0.03));
    }

    @Test
    void shouldDrawThePaddingRowsToo() {
        double[] words = globals(1).get("language_model.embedding.word_embeddings.weight");
        assertThat(Arrays.copyOfRange(words, 200 * 64, 256 * 64)).doesNotContain(0.0);
    }

    @Test
    void shouldStartBiasesAtZeroAndNormalizationWeightsAtOne() {
        Map<String, double[]> globals = globals(1);
        assertThat(globals.get("language_model.encoder.layers.0.self_attention.query_key_value.bias"))
                .containsOnly(0);
        assertThat(globals.get("language_model.encoder.final_layernorm.weight")).containsOnly(1);
    }

    private static double standardDeviation(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        return Math.sqrt(Arrays.stream(values)
                .map(v -> (v - mean) * (v - mean))
                .average()
                .orElseThrow());
    }
}
