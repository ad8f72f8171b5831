package io.stagecraft.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.stagecraft.actors.cli.Main;
import io.stagecraft.model.checkpoint.megatron.MegatronCheckpointWriter;
import io.stagecraft.model.checkpoint.megatron.MegatronLayout;
import io.stagecraft.model.data.IndexedDatasetWriter;
import io.stagecraft.model.data.TokenType;
import io.stagecraft.model.text.GptBpeTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `pretrain-gpt` in a JVM of its own, from the command line to the log line, on a data set, a vocabulary and a
/// checkpoint in Megatron-LM's formats. Oracle: PyTorch, once; how is in `record_losses.py` beside the losses.
///
/// Tolerance: both compute in float32, which has places of 4.8e-7 near the losses; 12 steps add up a few of
/// them: 3e-6, and 1e-5 of a gradient norm, which PyTorch rounds to float32.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PyTorchLossTest {
    private static final int DOCUMENTS = 40;
    private static final int END_OF_DOCUMENT = 256;
    private static final double LOSS_TOLERANCE = 3e-6;
    private static final double NORM_TOLERANCE = 1e-5;

    /// A log line of Megatron-LM 23.04 with nothing behind it.
    private static final Pattern LOG_LINE = Pattern.compile(
            " iteration +(\\d+)/ +12 \\| consumed samples: +(\\d+) \\| elapsed time per iteration \\(ms\\): [0-9.]+ \\|"
                    + " learning rate: ([0-9.]+E[-+]\\d\\d) \\| global batch size: {5}4 \\|"
                    + " lm loss: (\\d\\.\\d{6}E[-+]\\d\\d) \\| loss scale: 1\\.0 \\| grad norm: (\\d+\\.\\d{3}) \\|"
                    + " number of skipped iterations:   0 \\| number of nan iterations:   0 \\|");

    private Path folder = Path.of("");

    private final List<String> made = new ArrayList<>();

    @BeforeAll
    void makeFiles(@TempDir Path empty) throws IOException {
        folder = empty;
        makeVocabulary();
        makeData();
        Path checkpoint = Files.createDirectories(folder.resolve("initial"));
        try (var model = FormulaModel.create()) {
            new MegatronCheckpointWriter(model, model, new MegatronLayout(2, 1), Map.of()).write(checkpoint, _ -> {});
        }
        made.addAll(List.of("--load", checkpoint.toString()));
    }

    /// The bytes and the end of document, without a merge.
    private void makeVocabulary() throws IOException {
        ObjectNode vocabulary = new ObjectMapper().createObjectNode();
        List<String> tokens = GptBpeTokenizer.gpt2().tokens();
        for (int id = 0; id < END_OF_DOCUMENT; id++) {
            vocabulary.put(tokens.get(id), id);
        }
        vocabulary.put("<|endoftext|>", END_OF_DOCUMENT);
        Path vocab = Files.writeString(folder.resolve("vocab.json"), vocabulary.toString());
        Path merges = Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");
        made.addAll(List.of("--vocab-file", vocab.toString(), "--merge-file", merges.toString()));
    }

    private void makeData() {
        Path prefix = folder.resolve("formula_text_document");
        try (var writer = IndexedDatasetWriter.create(prefix, TokenType.UINT16)) {
            for (int document = 0; document < DOCUMENTS; document++) {
                int[] tokens = new int[5 + document * 7 % 23 + 1];
                for (int i = 0; i < tokens.length - 1; i++) {
                    tokens[i] = 32 + (int) ((FormulaModel.noise(1000 + document, i) + 0.5) * 64);
                }
                tokens[tokens.length - 1] = END_OF_DOCUMENT;
                writer.item(tokens, 0, tokens.length);
                writer.endDocument();
            }
            writer.commit();
        }
        made.addAll(List.of("--data-path", prefix.toString()));
    }

    @ParameterizedTest
    @CsvSource({"2, 2"})
    void shouldTrainAsPyTorch(int tensor, int pipeline) throws Exception {
        requireEqual("plain", tensor, pipeline, List.of());
    }

    @ParameterizedTest
    @CsvSource({"1, 1"})
    void shouldTrainAsPyTorchWithinDocuments(int tensor, int pipeline) throws Exception {
        requireEqual(
                "within documents",
                tensor,
                pipeline,
                List.of("--reset-position-ids", "--reset-attention-mask", "--eod-mask-loss"));
    }

    private void requireEqual(String recorded, int tensor, int pipeline, List<String> more) throws Exception {
        JsonNode expected = recorded(recorded);
        List<String> lines = run(tensor, pipeline, more);
        List<Matcher> logged =
                lines.stream().map(LOG_LINE::matcher).filter(Matcher::matches).toList();
        List<JsonNode> told = told("step_completed");
        assertThat(logged)
                .as(String.join("\n", lines))
                .hasSize(expected.get("iterations").size());
        for (int i = 0; i < logged.size(); i++) {
            requireEqual(logged.get(i), told.get(i), expected.get("iterations").get(i));
        }
        List<JsonNode> evaluated = told("evaluated");
        assertThat(evaluated).hasSameSizeAs(expected.get("validation"));
        for (int i = 0; i < evaluated.size(); i++) {
            assertThat(evaluated.get(i).get("lm_loss").asDouble())
                    .as("evaluation %d", i)
                    .isCloseTo(expected.get("validation").get(i).asDouble(), within(LOSS_TOLERANCE));
        }
    }

    private static void requireEqual(Matcher logged, JsonNode told, JsonNode expected) {
        double loss = expected.get("loss").asDouble();
        double norm = expected.get("grad_norm").asDouble();
        assertThat(told.get("lm_loss").asDouble()).as(logged.group()).isCloseTo(loss, within(LOSS_TOLERANCE));
        assertThat(told.get("grad_norm").asDouble()).as(logged.group()).isCloseTo(norm, within(norm * NORM_TOLERANCE));
        assertThat(told.get("learning_rate").asDouble())
                .isEqualTo(expected.get("next_rate").asDouble());
        // The line has 7 digits of the loss.
        assertThat(Double.parseDouble(logged.group(4))).isCloseTo(loss, within(LOSS_TOLERANCE + 5e-7));
    }

    private List<JsonNode> told(String type) throws IOException {
        var found = new ArrayList<JsonNode>();
        for (String line : Files.readAllLines(folder.resolve("runs/pretrain-gpt/metrics.jsonl"))) {
            JsonNode record = new ObjectMapper().readTree(line);
            if (record.get("type").asText().equals(type)) {
                found.add(record);
            }
        }
        return found;
    }

    private List<String> run(int tensor, int pipeline, List<String> more) throws IOException, InterruptedException {
        Files.deleteIfExists(folder.resolve("runs/pretrain-gpt/metrics.jsonl"));
        var command = new ArrayList<String>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments()); // the flags of this JVM
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "pretrain-gpt"));
        command.addAll(made);
        command.addAll(more);
        command.addAll(Arrays.asList(("--num-layers 2 --hidden-size 16 --num-attention-heads 2 --seq-length 16"
                        + " --max-position-embeddings 16 --micro-batch-size 2 --global-batch-size 4 --train-iters 12"
                        + " --lr 0.01 --min-lr 0.001 --lr-warmup-iters 3 --lr-decay-style cosine --weight-decay 0.1"
                        + " --adam-beta2 0.95 --attention-dropout 0 --hidden-dropout 0 --split 80,20,0"
                        + " --eval-interval 6 --eval-iters 2 --log-interval 1 --tensor-model-parallel-size " + tensor
                        + " --pipeline-model-parallel-size " + pipeline)
                .split(" ")));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            return output.lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }

    private static JsonNode recorded(String run) throws IOException {
        try (InputStream in = PyTorchLossTest.class.getResourceAsStream("/pytorch/losses.json")) {
            return new ObjectMapper().readTree(in).get(run);
        }
    }
}
