package io.stagecraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextCorpusTest {
    @TempDir
    Path folder;

    @Test
    void shouldReadOneFileAsOneDocument() throws IOException {
        Path file = Files.writeString(folder.resolve("verse"), "one\ntwo\n\n");
        assertThat(TextCorpus.read(file).documents()).containsExactly("one\ntwo");
    }

    @Test
    void shouldReadTheTextFilesOfAFolderByName() throws IOException {
        Files.writeString(folder.resolve("b.txt"), "second");
        Files.writeString(folder.resolve("a.txt"), "first");
        Files.writeString(folder.resolve("a.md"), "not this one");
        assertThat(TextCorpus.read(folder).documents()).containsExactly("first", "second");
    }

    @Test
    void shouldMakeAllLineEndsAlike() throws IOException {
        Path file = Files.writeString(folder.resolve("dos.txt"), "\ufeffa\r\nb\rc\r\n");
        assertThat(TextCorpus.read(file).documents()).containsExactly("a\nb\nc");
    }

    @Test
    void shouldSayAtWhichByteAFileIsNotUtf8() throws IOException {
        byte[] bytes = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        bytes[77_777] = (byte) 0xE4;
        Path file = Files.write(folder.resolve("latin1.txt"), bytes);
        assertThatThrownBy(() -> TextCorpus.read(file))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("byte 77777 (0xe4)");
    }

    @Test
    void shouldNoticeACharacterCutAtTheEnd() throws IOException {
        byte[] whole = "ab\u00e9".getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(folder.resolve("cut.txt"), Arrays.copyOf(whole, 3));
        assertThatThrownBy(() -> TextCorpus.read(file))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("byte 2 (0xc3)");
    }

    @Test
    void shouldRefuseAnEmptyFileByName() throws IOException {
        Path file = Files.writeString(folder.resolve("empty.txt"), " \n");
        assertThatThrownBy(() -> TextCorpus.read(file))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining(file + " is empty: it has 2 bytes");
    }

    @Test
    void shouldRefuseAFolderWithoutText() {
        assertThatThrownBy(() -> TextCorpus.read(folder))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("no file that ends in .txt");
    }

    @Test
    void shouldRefuseAMissingFile() {
        assertThatThrownBy(() -> TextCorpus.read(folder.resolve("none.txt")))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("none.txt: there is no such file");
    }
}
