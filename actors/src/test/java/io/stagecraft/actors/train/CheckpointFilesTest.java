package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.Failpoint;
import io.stagecraft.model.checkpoint.Failpoints;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.PendingCheckpoint;
import io.stagecraft.model.checkpoint.SafetensorsWriter;
import io.stagecraft.model.checkpoint.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFilesTest {
    private static final TensorSpec BIAS = new TensorSpec("bias", ElementType.U8, List.of(3L));

    @TempDir
    private Path folder;

    private CheckpointFiles files(int keep, Failpoints failpoints) {
        var facts = new CheckpointFiles.Facts(
                Map.of(Manifest.Section.MODEL, Map.of("type", "none")), new Manifest.Layout(1, 1, 1), 1234, keep);
        return new CheckpointFiles(new CheckpointStore(folder, failpoints), facts);
    }

    private static CheckpointFolder.Durable save(CheckpointFiles files, long step) {
        Path shard = files.prepare(step).resolve(Manifest.modelShard(0, 1));
        try (SafetensorsWriter writer = PendingCheckpoint.shardIn(shard, List.of(BIAS))) {
            writer.write("bias", MemorySegment.ofArray(new byte[] {1, 2, (byte) step}));
            writer.complete();
        }
        var progress = new ModelSource.Progress(step, 8 * step, 4, step - 1);
        return files.commit(new SavedState(progress, Map.of("lm-loss", 2.5)));
    }

    private List<String> steps() {
        return new CheckpointStore(folder)
                .list().stream().map(path -> path.getFileName().toString()).toList();
    }

    @Test
    void shouldKeepWhatTheRunSaysOfItself() {
        save(files(2, Failpoints.none()), 7);

        try (CheckpointReader reader = CheckpointStore.open(folder)) {
            assertThat(reader.manifest().position().progress()).isEqualTo(new ModelSource.Progress(7, 56, 4, 6));
            assertThat(reader.manifest().section(Manifest.Section.STATE)).isEqualTo(Map.of("lm-loss", 2.5));
        }
    }

    @Test
    void shouldTellFolderAndSizeOfAllFiles() throws IOException {
        CheckpointFolder.Durable durable = save(files(2, Failpoints.none()), 7);

        assertThat(durable.directory()).isEqualTo(folder.resolve("step-00000007"));
        long sum = 0;
        for (String file : List.of(Manifest.modelShard(0, 1), "manifest.json", "SHA256SUMS")) {
            sum += Files.size(durable.directory().resolve(file));
        }
        assertThat(durable.sizeBytes()).isEqualTo(sum);
    }

    @Test
    void shouldKeepTheLastOnes() {
        CheckpointFiles files = files(2, Failpoints.none());
        for (long step = 1; step <= 4; step++) {
            save(files, step);
        }

        assertThat(steps()).containsExactly("step-00000003", "step-00000004");
    }

    @Test
    void shouldSaveAtTheNextIntervalAfterADiskWasFull() {
        var full = new boolean[] {true};
        CheckpointFiles files = files(2, point -> {
            if (point == Failpoint.MANIFEST_WRITTEN && full[0]) {
                throw new IOException("No space left on device");
            }
        });
        assertThatThrownBy(() -> save(files, 1))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("step-00000001")
                .hasMessageContaining("No space left on device");
        assertThat(folder.resolve("step-00000001.tmp")).doesNotExist();
        full[0] = false;

        save(files, 2);

        assertThat(steps()).containsExactly("step-00000002");
    }

    @Test
    void shouldStillBeSavedWhenAnOldOneCannotBeRemoved() {
        save(files(1, Failpoints.none()), 1);

        CheckpointFolder.Durable durable = save(
                files(1, point -> {
                    if (point == Failpoint.OLD_ASIDE) {
                        throw new IOException("Read-only file system");
                    }
                }),
                2);

        assertThat(durable.directory()).isDirectory();
        assertThat(new CheckpointStore(folder).latest()).contains(durable.directory());
    }

    @Test
    void shouldRemoveWhatWasNotCompleted() {
        CheckpointFiles files = files(1, Failpoints.none());
        Path begun = files.prepare(3);
        files.discard(3);

        assertThat(begun).doesNotExist();
    }
}
