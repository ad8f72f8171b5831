package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.PendingCheckpoint;
import io.stagecraft.model.checkpoint.SafetensorsWriter;
import io.stagecraft.model.checkpoint.TensorSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointCommandTest {
    private static final TensorSpec BIAS = new TensorSpec("dense.bias", ElementType.U8, List.of(3L));
    private static final String SHARD = Manifest.modelShard(0, 1);
    private static final String ESCAPE = "\u001b[31m";

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private Path save(String run, long step, int value) {
        try (PendingCheckpoint pending = new CheckpointStore(folder.resolve(run)).begin(step);
                SafetensorsWriter writer = pending.shard(SHARD, List.of(BIAS))) {
            writer.write("dense.bias", MemorySegment.ofArray(new byte[] {1, 2, (byte) value}));
            writer.complete();
            var position = new Manifest.RunPosition(
                    new ModelSource.Progress(step, 8 * step, 0, step), 1234, new Manifest.Layout(2, 1, 1));
            Map<Manifest.Section, Map<String, Object>> sections = Map.of(
                    Manifest.Section.STATE, Map.of("lm-loss", 2.5),
                    Manifest.Section.CONFIGURATION,
                            Map.of("run", "mine" + ESCAPE, "hocon", "a = 1\nb = " + run + "\n"));
            return pending.commit(position, sections, pending.sumUp());
        }
    }

    private int execute(String... args) {
        return Main.execute(
                args, new RecordingRuns(ExitCode.DONE), new PrintWriter(out, true), new PrintWriter(err, true), folder);
    }

    private List<String> lines() {
        return out.toString().lines().toList();
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out.toString());
    }

    @Test
    void shouldListStepsLossesAndThePointer() {
        save("run", 100, 3);
        save("run", 200, 4);

        assertThat(execute("checkpoint", "ls", "run")).isZero();
        assertThat(lines()).hasSize(3);
        assertThat(lines().get(1)).matches(" +100 +2\\.5 +\\d+ B +2x1x1 +\\d+ s ago +step-00000100");
        assertThat(lines().get(2)).matches("  \\* +200 +2\\.5 +\\d+ B +2x1x1 +\\d+ s ago +step-00000200");
    }

    @Test
    void shouldListTheConfiguredFolderWithoutAnother() throws IOException {
        Files.writeString(folder.resolve("application.conf"), "stagecraft.checkpoint.directory = run");
        save("run", 100, 3);

        assertThat(execute("checkpoint", "ls")).isZero();
        assertThat(lines()).hasSize(2);
    }

    @Test
    void shouldShowTheNewestOfTheConfiguredFolderWithoutAnother() throws IOException {
        Files.writeString(folder.resolve("application.conf"), "stagecraft.checkpoint.directory = run");
        save("run", 100, 3);
        save("run", 200, 3);

        assertThat(execute("checkpoint", "show")).isZero();
        assertThat(lines().getFirst()).endsWith("run/step-00000200");
    }

    @Test
    void shouldVerifyAllOfTheConfiguredFolderWithoutAnother() throws IOException {
        Files.writeString(folder.resolve("application.conf"), "stagecraft.checkpoint.directory = run");
        save("run", 100, 3);
        save("run", 200, 3);

        assertThat(execute("checkpoint", "verify")).isZero();
        assertThat(lines()).containsExactly("  step-00000100: intact", "  step-00000200: intact");
    }

    @Test
    void shouldListADamagedCheckpointBesideTheOthers() throws IOException {
        Files.delete(save("run", 100, 3).resolve("manifest.json"));
        save("run", 200, 4);

        assertThat(execute("checkpoint", "ls", "run")).isZero();
        assertThat(out.toString()).contains("damaged: ", "step-00000100/manifest.json", "step-00000200");
    }

    @Test
    void shouldListForScripts() throws IOException {
        save("run", 100, 3);

        assertThat(execute("checkpoint", "ls", "--json", "run")).isZero();
        assertThat(json().get(0).get("step").asLong()).isEqualTo(100);
        assertThat(json().get(0).get("latest").asBoolean()).isTrue();
        assertThat(json().get(0).get("loss").isNumber()).isTrue();
    }

    @Test
    void shouldFindTheCheckpointsOfARunsFolder() {
        save("run/checkpoints", 100, 3);

        assertThat(execute("checkpoint", "ls", "run")).isZero();
        assertThat(lines()).hasSize(2).last().asString().contains("step-00000100");
        assertThat(execute("checkpoint", "show", "run")).isZero();
        assertThat(execute("checkpoint", "verify", "run")).isZero();
        assertThat(execute("checkpoint", "diff", "run", "run/checkpoints")).isZero();
    }

    @Test
    void shouldShowPositionFilesAndTensors() {
        save("run", 100, 3);

        assertThat(execute("checkpoint", "show", "run")).isZero();
        assertThat(lines())
                .anyMatch(line -> line.matches("  position.step +100"))
                .anyMatch(line -> line.matches("  state.lm-loss +2.5"))
                .anyMatch(line -> line.matches("  dense.bias +U8 +3 +3 B +no +" + SHARD))
                .anyMatch(line -> line.matches("  " + SHARD + " +\\d+ B +[0-9a-f]{64}"))
                .contains("    b = run");
    }

    @Test
    void shouldShowTextOfFilesWithoutControlCharacters() throws IOException {
        save("run", 100, 3);

        execute("checkpoint", "show", "run");
        assertThat(out.toString()).contains("mine").doesNotContain("\u001b");
        out.getBuffer().setLength(0);
        execute("checkpoint", "show", "run", "--json");
        assertThat(out.toString()).doesNotContain("\u001b");
        assertThat(json().get("configuration").get("run").asText()).isEqualTo("mine" + ESCAPE);
    }

    @Test
    void shouldFindAllIntact() {
        save("run", 100, 3);
        save("run", 200, 3);

        assertThat(execute("checkpoint", "verify", "run")).isZero();
        assertThat(lines()).containsExactly("  step-00000100: intact", "  step-00000200: intact");
    }

    @Test
    void shouldNameTheDamagedFileAndItsOffset() throws IOException {
        Path shard = save("run", 100, 3).resolve(SHARD);
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length - 1] ^= 1;
        Files.write(shard, bytes);

        assertThat(execute("checkpoint", "verify", "run")).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).contains(shard + ": block 0 (byte 0): damaged within the " + bytes.length);
    }

    @Test
    void shouldSayForScriptsWhatIsDamaged() throws IOException {
        Path shard = save("run", 100, 3).resolve(SHARD);
        Files.write(shard, new byte[5]);

        assertThat(execute("checkpoint", "verify", "run", "--json")).isEqualTo(ExitCode.FAILED);
        JsonNode damage = json().get(0).get("damage").get(0);
        assertThat(damage.get("file").asText()).isEqualTo(shard.toString());
        assertThat(damage.get("offset").asLong()).isEqualTo(5);
    }

    @Test
    void shouldFindTheSamePointOfTwoRuns() {
        save("a", 100, 3);
        save("b", 100, 3);

        assertThat(execute("checkpoint", "diff", "a", "b")).isZero();
        assertThat(lines())
                .contains("  1 tensors are equal bit for bit, 0 differ")
                .anyMatch(line -> line.matches("  configuration.hocon.b +a +b"));
    }

    @Test
    void shouldShowHowTwoRunsDiffer() {
        save("a", 100, 3);
        save("b", 101, 7);

        assertThat(execute("checkpoint", "diff", "a", "b")).isEqualTo(ExitCode.FAILED);
        assertThat(lines())
                .anyMatch(line -> line.matches("  dense.bias +4.000e\\+00 +U8 \\[3\\] +U8 \\[3\\]"))
                .anyMatch(line -> line.matches("  position.step +100 +101"));
    }

    @Test
    void shouldSayThatThereIsNoCheckpoint() {
        assertThat(execute("checkpoint", "show", "nowhere")).isEqualTo(ExitCode.REFUSED);
        assertThat(execute("checkpoint", "diff", "nowhere", "nowhere")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("there is no checkpoint at " + folder.resolve("nowhere"));
    }

    @Test
    void shouldAskForACommand() {
        assertThat(execute("checkpoint")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("ls", "show", "verify", "diff");
    }

    @Test
    void shouldTellAgesInTheLargestUnitOfWhichThereAreTwo() {
        assertThat(List.of(
                        CheckpointLsCommand.ago(Duration.ofSeconds(119)),
                        CheckpointLsCommand.ago(Duration.ofMinutes(119)),
                        CheckpointLsCommand.ago(Duration.ofHours(47)),
                        CheckpointLsCommand.ago(Duration.ofDays(3))))
                .containsExactly("119 s ago", "119 min ago", "47 h ago", "3 d ago");
    }
}
