package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.actors.config.CheckpointConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
    @TempDir
    private Path folder;

    @Test
    void shouldLetOneRunAtATimeSaveIntoAFolder() {
        var config = new CheckpointConfig(folder.resolve("checkpoints"), 1, 1);
        try (RunLock _ = RunLock.of(config)) {
            assertThatThrownBy(() -> RunLock.of(config))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("another run saves into checkpoint.directory = " + config.directory());
        }
    }

    @Test
    void shouldGiveTheLockBack() {
        var config = new CheckpointConfig(folder.resolve("checkpoints"), 1, 1);
        RunLock.of(config).close();

        assertThatCode(() -> RunLock.of(config).close()).doesNotThrowAnyException();
    }

    @Test
    void shouldLeaveNothingOfARunThatWroteNothing() {
        RunLock.of(new CheckpointConfig(folder.resolve("runs").resolve("checkpoints"), 1, 1))
                .close();

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void shouldLeaveTheFolderOfARunThatWrote() throws IOException {
        Path checkpoints = folder.resolve("checkpoints");
        try (RunLock _ = RunLock.of(new CheckpointConfig(checkpoints, 1, 1))) {
            Files.writeString(checkpoints.resolve("latest"), "step-00000001");
        }

        assertThat(checkpoints.resolve("latest")).exists();
    }
}
