package io.stagecraft.model.gpt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.SharedFixtures;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceGpt2Reader;
import io.stagecraft.model.checkpoint.huggingface.TensorSource;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.layer.ForwardContext.Mode;
import io.stagecraft.model.layer.Layer;
import io.stagecraft.model.layer.LossHead;
import io.stagecraft.model.layer.MicrobatchContext;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

/// A really trained model: minGPT's gpt-nano, which sorts six digits of 0 to 2. Oracle: sorting.
class GptNanoSortTest {
    private static final GptConfig CONFIG =
            new GptConfig(3, 48, 3, 11, 3, 3, 192, 1e-5, Gelu.TANH, OutputEmbedding.UNTIED, 0, 0, 0.02);
    private static final int NUM_DIGITS = 6;
    private static final int NUM_INPUTS = 729;
    private static final int NUM_POSITIONS = 11;

    /// minGPT as JSON: base64 of little-endian floats by name.
    private record JsonTensors(JsonNode json) implements TensorSource {
        @Override
        public boolean contains(String name) {
            return json.has(name);
        }

        @Override
        public Shape shape(String name) {
            JsonNode shape = json.get(name).get("shape");
            return shape.size() == 1
                    ? Shape.of(shape.get(0).asLong())
                    : Shape.of(shape.get(0).asLong(), shape.get(1).asLong());
        }

        @Override
        public LongToDoubleFunction elements(String name) {
            byte[] bytes = Base64.getDecoder().decode(json.get(name).get("data").asText());
            var floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
            return index -> floats.get((int) index);
        }
    }

    /// Each input is fed with its sorted digits but the last behind it. If the model then predicts every
    /// sorted digit from the ones before, it also sorts when it is fed with its own predictions.
    @Test
    void shouldSortAllInputs() throws IOException {
        Path file = SharedFixtures.require("data/models/gpt-nano-sort-model.json");
        var source = new JsonTensors(new ObjectMapper().readTree(file.toFile()));
        var blas = new BlasLibrary.Fastest(Path.of("target", "native-cache"));
        try (var runtime = CpuRuntime.open(new CpuRuntimeConfig(blas));
                Backend backend = runtime.newBackend()) {
            assertThat(numSorted(source, backend)).isEqualTo(NUM_INPUTS);
        }
    }

    private static int numSorted(TensorSource source, Backend backend) {
        var builder = new GptBuilder(CONFIG, backend, TensorParallelGroup.single(), 0);
        var slice = GptSlice.whole(CONFIG);
        int[][] digits = inputs();
        try (var store = ParameterStore.allocate(
                        backend, ParameterStore.measure(backend, f -> builder.build(slice, f)));
                var context = new MicrobatchContext(backend, Mode.EVALUATION, batch(digits), 32 << 20)) {
            GptStage stage = builder.build(slice, store);
            var reader = new HuggingFaceGpt2Reader(source, HuggingFaceGpt2Reader.MatrixLayout.LINEAR, CONFIG);
            stage.parameters().forEach(parameter -> reader.read(parameter, backend));
            Tensor x = context.tokens();
            for (Layer layer : stage.layers()) {
                x = layer.forward(x, context).output();
            }
            LossHead head = ((GptStage.End.Loss) stage.end()).head();
            double[] logits = MicrobatchContext.read(backend, head.logits(x, context));
            return numSorted(logits, digits);
        }
    }

    private static int[][] inputs() {
        int[][] inputs = new int[NUM_INPUTS][NUM_DIGITS];
        for (int i = 0; i < NUM_INPUTS; i++) {
            int rest = i;
            for (int d = 0; d < NUM_DIGITS; d++) {
                inputs[i][d] = rest % 3;
                rest /= 3;
            }
        }
        return inputs;
    }

    private static int[] sorted(int[] digits) {
        int[] sorted = digits.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    private static MicrobatchContext.Batch batch(int[][] inputs) {
        int[] tokens = new int[NUM_INPUTS * NUM_POSITIONS];
        for (int i = 0; i < NUM_INPUTS; i++) {
            System.arraycopy(inputs[i], 0, tokens, i * NUM_POSITIONS, NUM_DIGITS);
            System.arraycopy(sorted(inputs[i]), 0, tokens, i * NUM_POSITIONS + NUM_DIGITS, NUM_DIGITS - 1);
        }
        return new MicrobatchContext.Batch(NUM_INPUTS, NUM_POSITIONS, 0, tokens, tokens, new double[tokens.length], 1);
    }

    private static int numSorted(double[] logits, int[][] inputs) {
        int right = 0;
        for (int i = 0; i < NUM_INPUTS; i++) {
            int[] predicted = new int[NUM_DIGITS];
            for (int d = 0; d < NUM_DIGITS; d++) {
                predicted[d] = largest(logits, (i * NUM_POSITIONS + NUM_DIGITS - 1 + d) * 3);
            }
            right += Arrays.equals(predicted, sorted(inputs[i])) ? 1 : 0;
        }
        return right;
    }

    private static int largest(double[] logits, int from) {
        int best = 0;
        for (int c = 1; c < 3; c++) {
            best = logits[from + c] > logits[from + best] ? c : best;
        }
        return best;
    }
}
