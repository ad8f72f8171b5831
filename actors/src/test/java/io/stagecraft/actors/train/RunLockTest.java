package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.actors.config.CheckpointConfig;
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
}
