package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.actors.config.CheckpointConfig;
import io.stagecraft.actors.config.CheckpointConfig.OnDifference;
import io.stagecraft.actors.config.CheckpointConfig.Resume;
import io.stagecraft.actors.config.CheckpointConfig.Save;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.PendingCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumePointTest {
    @TempDir
    private Path folder;

    private Start start(Resume resume) {
        return ResumePoint.of(new CheckpointConfig(folder, 1, 1, resume, OnDifference.REFUSE, Save.ON, ""));
    }

    /// A checkpoint without tensors.
    private Path save(long step) {
        try (PendingCheckpoint pending = new CheckpointStore(folder).begin(step)) {
            var position = new Manifest.RunPosition(step, step, 1, new Manifest.Layout(1, 1, 1));
            return pending.commit(position, Map.of(), List.of());
        }
    }

    private static void damage(Path checkpoint) throws IOException {
        Files.writeString(checkpoint.resolve("manifest.json"), "{");
    }

    @Test
    void shouldBeginWhereThereIsNothing() {
        assertThat(start(Resume.AUTO)).isEqualTo(new Start.Fresh());
    }

    @Test
    void shouldGoOnFromTheNewest() {
        save(1);
        Path newer = save(2);

        assertThat(start(Resume.AUTO)).isEqualTo(new Start.Resume(newer));
    }

    @Test
    void shouldPassOverADamagedOne() throws IOException {
        Path older = save(1);
        damage(save(2));

        assertThat(start(Resume.AUTO)).isEqualTo(new Start.Resume(older));
    }

    @Test
    void shouldNotBeginAnewBecauseEverythingIsDamaged() throws IOException {
        damage(save(1));

        assertThatThrownBy(() -> start(Resume.AUTO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no checkpoint in " + folder + " is intact")
                .hasMessageContaining("manifest.json");
    }

    @Test
    void shouldBeginAnewWhenToldTo() {
        save(1);

        assertThat(start(Resume.NEVER)).isEqualTo(new Start.Fresh());
    }

    @Test
    void shouldSayThatThereIsNoneWhereOneIsRequired() {
        assertThatThrownBy(() -> start(Resume.REQUIRED)).hasMessageContaining("checkpoint.resume=required");
    }
}
