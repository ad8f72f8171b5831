package io.stagecraft.model.gpt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.SharedFixtures;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.SafetensorsFile;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceGpt2Config;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceGpt2Reader;
import io.stagecraft.model.checkpoint.huggingface.TensorSource;
import io.stagecraft.model.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Token by token over a cache. Oracles: the whole sequence at once, and what Hugging Face's GPT-2 generated.
class IncrementalDecodingTest {
    private static final int[] PIECES = {5, 1, 1, 3, 1};

    /// The scalar backend adds in the same order whether rows come at once or one by one.
    @Test
    void shouldGiveTheBitsOfTheFullForwardOnTheScalarBackend() {
        try (var backend = new ScalarBackend(DType.FLOAT32)) {
            assertThat(inPieces(backend)).isEqualTo(atOnce(backend));
        }
    }

    /// Products of few rows are added in another order than those of many: TinyGpt2OnCpuTest's 1e-5.
    @Test
    void shouldGiveTheLogitsOfTheFullForwardOnTheCpu() {
        onCpu(backend -> {
            double[] whole = atOnce(backend);
            double[] pieces = inPieces(backend);
            double largest = Arrays.stream(whole).map(Math::abs).max().orElseThrow();
            for (int i = 0; i < whole.length; i++) {
                assertThat(pieces[i]).as("logit %d", i).isCloseTo(whole[i], within(1e-5 * largest));
            }
        });
    }

    @Test
    void shouldGenerateTheRecordedTokens() {
        List<JsonNode> cases = recorded();
        assertThat(cases).isNotEmpty();
        onCpu(backend -> {
            try (SafetensorsFile weights = SafetensorsFile.open(
                            SharedFixtures.require("golden/hf_gpt2_oracle/trained_model.safetensors"));
                    CachedGpt model = trained(backend, weights)) {
                for (JsonNode one : cases) {
                    int[] prompt = ints(one.get("prompt"));
                    int[] generated = ints(one.get("generated"));
                    assertThat(greedy(model, prompt, generated.length)).isEqualTo(generated);
                }
            }
        });
    }

    private static CachedGpt trained(Backend backend, SafetensorsFile weights) {
        GptConfig config = HuggingFaceGpt2Config.read(json("golden/hf_gpt2_oracle/config.json"));
        var reader =
                new HuggingFaceGpt2Reader(TensorSource.of(weights), HuggingFaceGpt2Reader.MatrixLayout.CONV1D, config);
        return new CachedGpt(backend, config, parameter -> reader.read(parameter, backend));
    }

    private static int[] greedy(CachedGpt model, int[] prompt, int num) {
        int[] generated = new int[num];
        int[] next = prompt;
        int position = 0;
        for (int i = 0; i < num; i++) {
            double[] logits = model.forward(next, position);
            position += next.length;
            int from = logits.length / next.length * (next.length - 1);
            generated[i] = IntStream.range(0, model.vocabSize())
                    .reduce((a, b) -> logits[from + b] > logits[from + a] ? b : a)
                    .orElseThrow();
            next = new int[] {generated[i]};
        }
        return generated;
    }

    private static double[] atOnce(Backend backend) {
        return tiny(backend, model -> model.forward(sequence(), 0));
    }

    private static double[] inPieces(Backend backend) {
        return tiny(backend, model -> {
            int[] sequence = sequence();
            var logits = new ArrayList<double[]>();
            int from = 0;
            for (int num : PIECES) {
                logits.add(model.forward(Arrays.copyOfRange(sequence, from, from + num), from));
                from += num;
            }
            return logits.stream().flatMapToDouble(Arrays::stream).toArray();
        });
    }

    private interface Use {
        double[] of(CachedGpt model);
    }

    private static double[] tiny(Backend backend, Use use) {
        try (var oracle = new TinyGpt2Oracle();
                var model = new CachedGpt(backend, oracle.config(), parameter -> oracle.load(parameter, backend))) {
            return use.of(model);
        }
    }

    private static int[] sequence() {
        IntFunction<int[]> ids =
                num -> IntStream.range(0, num).map(i -> 3 + 7 * i % 40).toArray();
        return ids.apply(Arrays.stream(PIECES).sum());
    }

    private interface OnBackend {
        void run(Backend backend);
    }

    private static void onCpu(OnBackend test) {
        var bundled = new BlasLibrary.Fastest(Path.of("target", "native-cache"));
        try (CpuRuntime runtime = CpuRuntime.open(new CpuRuntimeConfig(bundled));
                Backend backend = runtime.newBackend()) {
            test.run(backend);
        }
    }

    private static List<JsonNode> recorded() {
        var cases = new ArrayList<JsonNode>();
        json("golden/hf_gpt2_oracle/oracle.json")
                .get("greedy_generation_with_trained_model")
                .forEach(cases::add);
        return cases;
    }

    private static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(SharedFixtures.require(name).toFile());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }
}
