package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.GptSettings;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.PendingCheckpoint;
import io.stagecraft.model.checkpoint.SafetensorsWriter;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptParameters;
import io.stagecraft.model.layer.Parameter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs whole conversions, as a user does.
class ConvertCommandTest {
    private static final GptConfig MODEL =
            new GptConfig(2, 8, 2, 6, 11, 16, 32, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0, 0, 0.02);

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... args) {
        var all = new ArrayList<>(List.of("convert"));
        all.addAll(List.of(args));
        return command(all.toArray(String[]::new));
    }

    private int command(String... args) {
        return Main.execute(
                args,
                new LocalRuns(Path.of("target", "native-cache").toAbsolutePath(), 1, 1L << 30),
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                folder);
    }

    /// A checkpoint of ours of step 0 with weights that count up.
    private void saved(String name) {
        List<TensorSpec> specs = GptParameters.of(MODEL).stream()
                .filter(parameter -> parameter.role() == Parameter.Role.OWN)
                .map(parameter ->
                        TensorSpec.of(parameter.name(), parameter.value().dtype(), parameter.globalShape()))
                .toList();
        try (PendingCheckpoint pending = new CheckpointStore(folder.resolve(name)).begin(0)) {
            try (SafetensorsWriter writer = pending.shard(Manifest.modelShard(0, 1), specs)) {
                for (TensorSpec spec : specs) {
                    ByteBuffer values =
                            ByteBuffer.allocate((int) spec.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
                    while (values.hasRemaining()) {
                        values.putFloat((values.position() % 17 - 8) / 16F);
                    }
                    writer.write(spec.name(), MemorySegment.ofArray(values.array()));
                }
                writer.complete();
            }
            var position = new Manifest.RunPosition(0, 0, 1, new Manifest.Layout(1, 1, 1));
            pending.commit(position, Map.of(Manifest.Section.MODEL, GptSettings.of(MODEL)), pending.sumUp());
        }
    }

    @Test
    void shouldSayThatBothAgree() {
        saved("run");
        assertThat(execute("run", "hf", "--to", "huggingface"))
                .as(err.toString())
                .isEqualTo(ExitCode.DONE);
        assertThat(out.toString())
                .contains("equal bit for bit: 28 weights")
                .contains("through source and target: largest difference 0")
                .contains("16 become 11");
    }

    @Test
    void shouldConvertBackWithoutBeingToldWhatItIs() {
        saved("run");
        assertThat(execute("run", "megatron", "--to", "megatron", "--tensor-parallel-size", "2"))
                .as(err.toString())
                .isEqualTo(ExitCode.DONE);
        assertThat(execute("megatron", "back")).as(err.toString()).isEqualTo(ExitCode.DONE);
        assertThat(folder.resolve("back").resolve("latest")).exists();
    }

    @Test
    void shouldFindTheModelInTheFolderOfARun() {
        saved("run/checkpoints");

        assertThat(execute("run", "hf", "--to", "huggingface")).isZero();
        assertThat(folder.resolve("hf/config.json")).isNotEmptyFile();
    }

    @Test
    void shouldSayHowTheTokenizerIsNamedOfAModelThatBringsNone() {
        saved("run/checkpoints");

        assertThat(command("generate", "--checkpoint", "run", "--prompt", "a")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("brings no tokenizer; name one", "--vocab-file");
    }

    @Test
    void shouldLeaveAFolderThatIsThere() throws IOException {
        saved("run");
        Files.createDirectory(folder.resolve("hf"));
        assertThat(execute("run", "hf", "--to", "huggingface")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("is there already; --overwrite replaces it");
        assertThat(folder.resolve("hf")).isEmptyDirectory();
    }

    @Test
    void shouldReplaceAFolderWhenTold() throws IOException {
        saved("run");
        Files.createDirectory(folder.resolve("hf"));
        assertThat(execute("run", "hf", "--to", "huggingface", "--overwrite")).isEqualTo(ExitCode.DONE);
        assertThat(folder.resolve("hf").resolve("config.json")).exists();
    }

    @Test
    void shouldAskForTheKindOfTargetOfARunsCheckpoint() {
        saved("run");
        assertThat(execute("run", "to")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("say --to megatron or --to huggingface");
    }

    @Test
    void shouldSayThatThereIsNothing() {
        assertThat(execute("nowhere", "to")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("there is nothing at").contains("nowhere");
    }

    @Test
    void shouldNotWriteIntoWhatItReads() {
        saved("run");
        assertThat(execute("run", "run/hf", "--to", "huggingface")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("one contains the other");
    }

    @Test
    void shouldSayInASentenceWhatIsWrongWithAFile() throws IOException {
        Files.createDirectory(folder.resolve("hf"));
        Files.writeString(folder.resolve("hf").resolve("config.json"), "{\"n_embd\": [");
        assertThat(execute("hf", "to")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("config.json").contains("byte").doesNotContain("\tat ");
        assertThat(folder.resolve("to")).doesNotExist();
    }

    @Test
    void shouldSayWhichSplitDoesNotDivide() {
        saved("run");
        assertThat(execute("run", "to", "--to", "megatron", "--pipeline-parallel-size", "4"))
                .isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("2 layers, which 4 ranks cannot share equally");
    }

    @Test
    void shouldNameTheKindsThatThereAre() {
        assertThat(execute("a", "b", "--to", "onnx")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("STAGECRAFT, MEGATRON, HUGGINGFACE");
    }

    @Test
    void shouldNotReplaceAFolderThatIsNoSavedModel() throws IOException {
        saved("run");
        Path mine = Files.createDirectories(folder.resolve("mine")).resolve("thesis.txt");
        Files.writeString(mine, "years of work");

        int code = execute("run", "mine", "--to", "huggingface", "--overwrite");

        assertThat(err.toString()).contains("is no saved model and is not replaced");
        assertThat(code).isEqualTo(ExitCode.REFUSED);
        assertThat(mine).hasContent("years of work");
    }

    @Test
    void shouldNotReplaceWhatItReadsThroughALink() throws IOException {
        saved("run");
        Files.createSymbolicLink(folder.resolve("link"), folder);

        int code = execute("run", "link/run", "--to", "huggingface", "--overwrite");

        assertThat(err.toString()).contains("one contains the other");
        assertThat(code).isEqualTo(ExitCode.REFUSED);
        assertThat(CheckpointStore.isAt(folder.resolve("run"))).isTrue();
    }

    @Test
    void shouldRefuseOptionsThatWouldChangeNothing() {
        saved("run");

        int code = execute("run", "out", "--to", "megatron", "--format", "bin");

        assertThat(err.toString()).contains("--format and --max-shard-size are of --to huggingface");
        assertThat(code).isEqualTo(ExitCode.REFUSED);
    }

    @Test
    void shouldSayThatALooseFileIsNoModel() throws IOException {
        Files.writeString(folder.resolve("weights.safetensors"), "");

        int code = execute("weights.safetensors", "out");

        assertThat(err.toString()).contains("weights.safetensors").contains("config.json");
        assertThat(code).isEqualTo(ExitCode.REFUSED);
    }
}
