package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A save that ends at any of its steps leaves the checkpoint before it or the new one, never a mix.
class CheckpointCrashTest {
    private static final SavedModel BEFORE = new SavedModel(5);
    private static final SavedModel NEW = new SavedModel(6);

    @TempDir(factory = MemoryFolder.class)
    private Path root;

    /// Stands for the end of the process: no `finally` of the save may run after it, so the save is not closed.
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;
    }

    private static Failpoints killAt(Failpoint wanted) {
        return point -> {
            if (point == wanted) {
                throw new Killed();
            }
        };
    }

    /// As a run saves, without its clean-up.
    private static void save(CheckpointStore store, SavedModel model, long step, int keep) {
        PendingCheckpoint pending = store.begin(step);
        model.writeShards(pending, 2);
        store.retain(pending.commit(SavedModel.position(step), SavedModel.sections(), pending.sumUp()), keep);
    }

    private void saveAndDie(Failpoint where, long step) {
        assertThatThrownBy(() -> save(new CheckpointStore(root, killAt(where)), NEW, step, 2))
                .isInstanceOf(Killed.class);
    }

    private String intact() {
        var store = new CheckpointStore(root);
        store.recover();
        Optional<Path> found = store.newestIntact(damage -> {
            throw damage;
        });
        return found.map(path -> path.getFileName().toString()).orElse("none");
    }

    private static boolean isDurable(Failpoint point) {
        return point.compareTo(Failpoint.POINTER_RENAMED) >= 0;
    }

    @ParameterizedTest
    @EnumSource(
            value = Failpoint.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"REPLACED_ASIDE"}) // only when a step is saved again
    void shouldHaveTheOldOrTheNewCheckpointWhereverASaveDies(Failpoint where) {
        save(new CheckpointStore(root), BEFORE, 100, 2);
        save(new CheckpointStore(root), BEFORE, 200, 2);
        saveAndDie(where, 300);

        assertThat(intact()).isEqualTo(isDurable(where) ? "step-00000300" : "step-00000200");
    }

    @ParameterizedTest
    @EnumSource(
            value = Failpoint.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OLD_ASIDE", "OLD_REMOVED"})
    void shouldHaveACheckpointOfTheStepWhereverSavingItAgainDies(Failpoint where) throws IOException {
        save(new CheckpointStore(root), BEFORE, 100, 2);
        saveAndDie(where, 100);

        assertThat(intact()).isEqualTo("step-00000100");
        SavedModel expected = where.compareTo(Failpoint.FOLDER_RENAMED) >= 0 ? NEW : BEFORE;
        assertThat(expected.isIn(root.resolve("step-00000100"))).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Failpoint.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"REPLACED_ASIDE"})
    void shouldLeaveNoRubbishAfterTheNextStart(Failpoint where) throws IOException {
        save(new CheckpointStore(root), BEFORE, 100, 2);
        save(new CheckpointStore(root), BEFORE, 200, 2);
        saveAndDie(where, 300);
        var store = new CheckpointStore(root);
        store.recover();
        save(store, NEW, 300, 2);

        try (Stream<Path> left = Files.list(root)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("step-00000200", "step-00000300", "latest");
        }
    }

    @ParameterizedTest
    @EnumSource(Failpoint.class)
    void shouldFailTheSaveAndKeepTheOldCheckpointsWhenAStepFails(Failpoint where) throws IOException {
        save(new CheckpointStore(root), BEFORE, 100, 2);
        save(new CheckpointStore(root), BEFORE, 200, 2);
        long step = where == Failpoint.REPLACED_ASIDE ? 200 : 300;
        var failing = new CheckpointStore(root, point -> {
            if (point == where) {
                throw new IOException("No space left on device");
            }
        });
        assertThatThrownBy(() -> save(failing, NEW, step, 2))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(root.toString())
                .hasMessageContaining("No space left on device");

        assertThat(BEFORE.isIn(root.resolve("step-00000200"))).isTrue();
        save(new CheckpointStore(root), NEW, step, 2);
        assertThat(NEW.isIn(root.resolve(CheckpointStore.folderName(step)))).isTrue();
    }

    @Test
    void shouldKeepOldCheckpointsUntilTheNewOneWasReadBack() throws IOException {
        save(new CheckpointStore(root), BEFORE, 100, 1);
        var store = new CheckpointStore(root, point -> {
            if (point == Failpoint.POINTER_LASTS) {
                Path shard = root.resolve("step-00000200").resolve(Manifest.modelShard(0, 2));
                byte[] bytes = Files.readAllBytes(shard);
                bytes[bytes.length - 1] ^= 1;
                Files.write(shard, bytes);
            }
        });
        assertThatThrownBy(() -> save(store, NEW, 200, 1))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining(Manifest.modelShard(0, 2));

        assertThat(BEFORE.isIn(root.resolve("step-00000100"))).isTrue();
    }

    @Test
    void shouldTakeTheNextOlderCheckpointAndNameWhatIsDamaged() throws IOException {
        save(new CheckpointStore(root), BEFORE, 100, 3);
        save(new CheckpointStore(root), NEW, 200, 3);
        Path shard = root.resolve("step-00000200").resolve(Manifest.modelShard(1, 2));
        Files.write(shard, new byte[3]);

        var damaged = new ArrayList<String>();
        Optional<Path> found = new CheckpointStore(root).newestIntact(damage -> damaged.add(damage.getMessage()));

        assertThat(found).contains(root.resolve("step-00000100"));
        assertThat(damaged).singleElement().asString().contains(shard + ": file size (byte 3)");
    }

    @Test
    void shouldTrustThePointerMoreThanLaterStepsOfAnEarlierRun() {
        save(new CheckpointStore(root), BEFORE, 500, 3);
        save(new CheckpointStore(root), NEW, 100, 3);

        assertThat(intact()).isEqualTo("step-00000100");
    }

    @Test
    void shouldTakeTheLastStepWithoutAPointer() throws IOException {
        save(new CheckpointStore(root), BEFORE, 100, 3);
        save(new CheckpointStore(root), NEW, 500, 3);
        Files.delete(root.resolve("latest"));

        assertThat(intact()).isEqualTo("step-00000500");
    }

    @Test
    void shouldNotPassOverACheckpointOfANewerProgram() throws IOException {
        save(new CheckpointStore(root), BEFORE, 100, 3);
        save(new CheckpointStore(root), NEW, 200, 3);
        SavedModel.rewriteManifest(root.resolve("step-00000200"), "\"version\" : 2", "\"version\" : 3");

        assertThatThrownBy(this::intact).isInstanceOf(NewerVersionException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"folder", "folder-renamed:0", "folder-renamed:", "FOLDER-RENAMED", "folder-renamed:x"})
    void shouldRefuseAFailpointThatIsNone(String setting) {
        assertThatThrownBy(() -> Failpoints.of(setting))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pointer-renamed");
    }

    @Test
    void shouldNameEveryFailpoint() {
        assertThat(Stream.of(Failpoint.values()).map(Failpoint::key).flatMap(key -> Failpoint.named(key).stream()))
                .isEqualTo(List.of(Failpoint.values()));
    }
}
