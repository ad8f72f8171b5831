package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.stagecraft.model.text.CharacterTokenizer;
import io.stagecraft.model.text.Corpus;
import io.stagecraft.model.text.WordNetCorpus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A text that is kept as tokens is the text, or it is read anew.
class PreparedTextTest {
    private static final Corpus CORPUS =
            new Corpus("three", List.of("the cat", "a m\u00fcller's mat", "\ud83d\ude00 sat"));
    private static final PreparedText MADE = PreparedText.of(CORPUS, 1);

    @TempDir
    private Path folder = Path.of("");

    private final List<String> remarks = new ArrayList<>();

    @Test
    void shouldReadBackWhatWasWritten() throws IOException {
        PreparedText read = written().read().orElseThrow();
        assertThat(facts(read)).isEqualTo(facts(MADE));
        assertThat(tokens(read)).isEqualTo(tokens(MADE));
    }

    @Test
    void shouldFindNothingWhereNothingIs() throws IOException {
        assertThat(new PreparedTextFile(folder.resolve("absent")).read()).isEmpty();
    }

    /// Oracle: CRC-32 finds every change of up to 32 bits in a row.
    @Test
    void shouldTakeNoFileInWhichAByteIsDifferent() throws IOException {
        PreparedTextFile file = written();
        byte[] bytes = Files.readAllBytes(file.path());
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= 0x41;
            Files.write(file.path(), bytes);
            assertThatThrownBy(file::read).as("byte %d", i).isInstanceOf(IOException.class);
            bytes[i] ^= 0x41;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 40, 60, 100})
    void shouldTakeNoFileThatWasCutShort(int length) throws IOException {
        PreparedTextFile file = written();
        Files.write(file.path(), Arrays.copyOf(Files.readAllBytes(file.path()), length));
        assertThatThrownBy(file::read).isInstanceOf(IOException.class);
    }

    /// A token beyond the alphabet would be a row beyond the embedding: the tokens of three characters
    /// with the sum that belongs to them.
    @Test
    void shouldTakeNoTokenThatTheTokenizerDoesNotKnow() throws IOException {
        var file = new PreparedTextFile(folder.resolve("text"));
        EncodedText text = MADE.text();
        file.write(new PreparedText(CharacterTokenizer.ofAlphabet("\nab"), text, ""));
        assertThatThrownBy(file::read).isInstanceOf(IOException.class).hasMessageContaining("must be in [0, 4)");
    }

    /// Oracle: a pipe that nobody writes to never ends.
    @Test
    void shouldNotWaitForAPipe() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(new PreparedTextFile(pipe)::read).isInstanceOf(IOException.class);
    }

    @Test
    void shouldTakeNoFileThatIsTooLarge() throws IOException {
        PreparedTextFile file = written();
        try (var large = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
            large.write(ByteBuffer.allocate(1), 1 << 26); // sparse
        }
        assertThatThrownBy(file::read).isInstanceOf(IOException.class).hasMessageContaining("size must be at most");
    }

    @Test
    void shouldKeepTheBuiltInTextAndRepairADamagedFile() throws IOException {
        Corpus corpus = WordNetCorpus.read();
        TokenStream fresh = TokenStream.of(corpus, CharacterTokenizer.of(corpus, 20));
        for (int i = 0; i < 2; i++) {
            PreparedText text = PreparedText.wordNet(folder, 20, remarks::add);
            assertThat(tokens(text)).isEqualTo(tokens(fresh));
            try (var files = Files.list(folder)) {
                Path kept = files.reduce((_, _) -> Path.of("more than one")).orElseThrow();
                assertThat(new PreparedTextFile(kept).read()).isPresent();
                Files.writeString(kept, "damaged by somebody");
            }
        }
        assertThat(remarks).singleElement(STRING).contains("read anew", "mark must be");
    }

    @Test
    void shouldGoOnWithOneLineWhereNothingCanBeKept() throws IOException {
        Path file = Files.createFile(folder.resolve("no folder"));
        PreparedText text = PreparedText.wordNet(file, 20, remarks::add);
        assertThat(text.text().numDocuments()).isGreaterThan(100_000);
        assertThat(remarks).singleElement(STRING).contains("cannot be kept in " + file);
    }

    private PreparedTextFile written() throws IOException {
        var file = new PreparedTextFile(folder.resolve("new").resolve("text"));
        file.write(MADE);
        return file;
    }

    private static List<Object> facts(PreparedText text) {
        return List.of(
                text.tokenizer().alphabet(),
                text.words(),
                text.text().source(),
                text.text().numDocuments(),
                text.text().numCharacters());
    }

    private static int[] tokens(PreparedText text) {
        return tokens(text.text().tokens());
    }

    private static int[] tokens(TokenStream stream) {
        int[] all = new int[Math.toIntExact(stream.numTokens())];
        stream.copy(0, all.length, all, 0);
        return all;
    }
}
