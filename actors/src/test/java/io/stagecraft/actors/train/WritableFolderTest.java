package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritableFolderTest {
    @TempDir
    private Path folder;

    @Test
    void shouldTakeAFolderThatCanBeMadeAndNotMakeIt() {
        WritableFolder.require("checkpoint.directory", folder.resolve("a").resolve("b"));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void shouldRefuseAFolderBelowAFile() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "text");
        assertThatThrownBy(() -> WritableFolder.require("checkpoint.directory", file.resolve("b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("checkpoint.directory = " + file.resolve("b"))
                .hasMessageContaining(file + " is no folder");
    }
}
