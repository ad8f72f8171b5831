package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptLinesTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void shouldTakeALineAPromptBehindThoseOfTheArguments() throws IOException {
        Files.writeString(folder.resolve("prompts"), "two\n\nfö ur\r\n");
        assertThat(read("prompts")).containsExactly("one", "two", "", "fö ur");
    }

    @Test
    void shouldSayWhereAFileIsNotUtf8() throws IOException {
        Files.write(folder.resolve("latin"), "caf\u00e9 and more".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> read("latin"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("latin cannot be read: it is not UTF-8 from byte 3 on");
    }

    @Test
    void shouldNameEveryFileThatCannotBeRead() throws IOException {
        Files.createDirectory(folder.resolve("a folder"));
        Files.write(folder.resolve("nothing"), new byte[0]);
        Files.write(folder.resolve("large"), new byte[PromptLines.MOST_BYTES + 1]);
        assertThatThrownBy(() -> read("none", "a folder", "nothing", "large"))
                .hasMessageContaining("none: there is no such file")
                .hasMessageContaining("a folder cannot be read")
                .hasMessageContaining("nothing is empty")
                .hasMessageContaining("large cannot be read: it has more than 16777216 bytes");
    }

    private List<String> read(String... files) {
        return PromptLines.read(
                List.of("one"), List.of(files).stream().map(Path::of).toList(), folder);
    }
}
