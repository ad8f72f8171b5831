package io.stagecraft.model.checkpoint.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceGpt2Reader.MatrixLayout;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.layer.MicrobatchContext;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

/// Oracle: index arithmetic by hand on tensors whose elements are their own index.
class HuggingFaceGpt2ReaderTest {
    /// Two heads of one channel.
    private static final GptConfig CONFIG =
            new GptConfig(1, 2, 2, 4, 3, 6, 8, 1e-5, Gelu.TANH, OutputEmbedding.TIED, 0, 0, 0.02);

    private static final String QKV = "language_model.encoder.layers.0.self_attention.query_key_value.";
    private static final String WORDS = "language_model.embedding.word_embeddings.weight";

    private final ScalarBackend backend = new ScalarBackend(DType.FLOAT64);

    /// Tensors that hold 0, 1, 2, ...
    private record Counting(Map<String, Shape> shapes) implements TensorSource {
        @Override
        public boolean contains(String name) {
            return shapes.containsKey(name);
        }

        @Override
        public Shape shape(String name) {
            return shapes.get(name);
        }

        @Override
        public LongToDoubleFunction elements(String name) {
            return index -> index;
        }
    }

    private double[] read(MatrixLayout layout, Map<String, Shape> source, String name, TensorPartition partition) {
        Shape global = name.equals(WORDS) ? Shape.of(6, 2) : name.endsWith("bias") ? Shape.of(6) : Shape.of(6, 2);
        var zero = new Parameter.Initialization.Constant(0);
        var sizes = ParameterStore.measure(backend, f -> f.create(name, global, partition, zero));
        try (var store = ParameterStore.allocate(backend, sizes)) {
            Parameter parameter = store.create(name, global, partition, zero);
            new HuggingFaceGpt2Reader(new Counting(source), layout, CONFIG).read(parameter, backend);
            return MicrobatchContext.read(backend, parameter.value());
        }
    }

    private static TensorPartition whole() {
        return new TensorPartition.Replicated();
    }

    /// Blocks q0 q1 k0 k1 v0 v1 become q0 k0 v0 q1 k1 v1.
    @Test
    void shouldOrderTheFusedProjectionByHead() {
        var source = Map.of("h.0.attn.c_attn.bias", Shape.of(6));
        assertThat(read(MatrixLayout.CONV1D, source, QKV + "bias", whole())).containsExactly(0, 2, 4, 1, 3, 5);
    }

    /// Stored `[in 2, out 6]`: output o of input i is element 6 i + o.
    @Test
    void shouldTransposeConv1dMatrices() {
        var source = Map.of("h.0.attn.c_attn.weight", Shape.of(2, 6));
        assertThat(read(MatrixLayout.CONV1D, source, QKV + "weight", whole()))
                .containsExactly(0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11);
    }

    /// Stored `[out 6, in 2]`: output o of input i is element 2 o + i.
    @Test
    void shouldNotTransposeLinearMatrices() {
        var source = Map.of("h.0.attn.c_attn.weight", Shape.of(6, 2));
        assertThat(read(MatrixLayout.LINEAR, source, QKV + "weight", whole()))
                .containsExactly(0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11);
    }

    @Test
    void shouldGiveATensorRankItsHeads() {
        var source = Map.of("h.0.attn.c_attn.bias", Shape.of(6));
        assertThat(read(MatrixLayout.CONV1D, source, QKV + "bias", new TensorPartition.Split(0, 1, 2)))
                .containsExactly(1, 3, 5);
    }

    /// As Megatron-LM's converter.
    @Test
    void shouldFillPaddingRowsWithTheLastRow() {
        var source = Map.of("wte.weight", Shape.of(3, 2));
        assertThat(read(MatrixLayout.CONV1D, source, WORDS, whole()))
                .containsExactly(0, 1, 2, 3, 4, 5, 4, 5, 4, 5, 4, 5);
    }

    @Test
    void shouldAcceptThePrefixOfFilesWithAHead() {
        var source = Map.of("transformer.wte.weight", Shape.of(3, 2));
        assertThat(Arrays.stream(read(MatrixLayout.CONV1D, source, WORDS, whole()))
                        .sum())
                .isEqualTo(0 + 1 + 2 + 3 + 4 * (4 + 5));
    }

    @Test
    void shouldSayWhichTensorIsAbsent() {
        assertThatThrownBy(() -> read(MatrixLayout.CONV1D, Map.of(), WORDS, whole()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("wte.weight");
    }

    @Test
    void shouldSayWhichShapeDoesNotFit() {
        var source = Map.of("h.0.attn.c_attn.weight", Shape.of(6, 2));
        assertThatThrownBy(() -> read(MatrixLayout.CONV1D, source, QKV + "weight", whole()))
                .hasMessageContaining("expected the shape [2, 6] but got [6, 2]");
    }

    @Test
    void shouldRefuseTooFewRowsOfWords() {
        assertThatThrownBy(() -> read(MatrixLayout.CONV1D, Map.of("wte.weight", Shape.of(2, 2)), WORDS, whole()))
                .hasMessageContaining("expected the shape [3, 2] but got [2, 2]");
    }

    @Test
    void shouldReadTheConfiguration() throws IOException {
        var json = new ObjectMapper()
                .readTree("{\"vocab_size\": 50257, \"n_positions\": 1024, \"n_embd\": 768, \"n_layer\": 12,"
                        + " \"n_head\": 12, \"layer_norm_epsilon\": 1e-5, \"activation_function\": \"gelu_new\"}");
        // GPT-2 small has 124,439,808 parameters
        assertThat(HuggingFaceGpt2Config.read(json).numParameters()).isEqualTo(124_439_808);
    }

    @Test
    void shouldSayWhichKeyIsAbsent() throws IOException {
        var json = new ObjectMapper().readTree("{\"n_embd\": 768, \"vocab_size\": \"many\"}");
        assertThatThrownBy(() -> HuggingFaceGpt2Config.read(json)).hasMessageContaining("vocab_size");
    }
}
