package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.text.Corpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is left in the folder after a text was put there: files that may be of use, and what is not ours.
class PreparedTextFolderTest {
    private static final PreparedText TEXT = PreparedText.of(new Corpus("one", List.of("a cat")), 1);
    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

    @TempDir
    private Path folder = Path.of("");

    private final List<String> remarks = new ArrayList<>();

    @Test
    void shouldKeepTheNewestFilesOfOtherTexts() throws IOException {
        for (int age = 0; age < 6; age++) {
            aged(written("wordnet-" + age + ".tokens"), age);
        }
        get("abc");
        assertThat(names())
                .containsExactly("wordnet-0.tokens", "wordnet-1.tokens", "wordnet-2.tokens", "wordnet-abc.tokens");
    }

    @Test
    void shouldTakeAwayPartsOfWritersThatWereKilled() throws IOException {
        aged(Files.createFile(folder.resolve("wordnet-1.tokens123.part")), 0);
        Files.createFile(folder.resolve("wordnet-1.tokens124.part"));
        get("abc");
        assertThat(names()).containsExactly("wordnet-1.tokens124.part", "wordnet-abc.tokens");
    }

    @Test
    void shouldLeaveWhatIsNotOurs() throws IOException {
        List<String> others = List.of("wordnet-9.tokens", "wordnet-abcdefabc.tokens", "wordnet-x.tokens.part", "words");
        for (String other : others) {
            aged(Files.writeString(folder.resolve(other), "not ours"), 10);
        }
        for (int age = 0; age < 3; age++) {
            aged(written("wordnet-" + age + ".tokens"), age);
        }
        get("abc");
        assertThat(names()).hasSize(8).containsAll(others);
    }

    /// The link is as old as it was made; what it points to is as old as can be.
    @Test
    void shouldNotFollowLinks() throws IOException {
        Path pointedTo = aged(written("precious"), 1000);
        Files.createSymbolicLink(folder.resolve("wordnet-9.tokens"), pointedTo);
        for (int age = 0; age < 3; age++) {
            aged(written("wordnet-" + age + ".tokens"), age);
        }
        get("abc");
        assertThat(names()).hasSize(6).contains("precious", "wordnet-9.tokens");
    }

    private void get(String checksum) {
        new PreparedTextFolder(folder, remarks::add).get(checksum, () -> TEXT);
        assertThat(remarks).isEmpty();
    }

    private Path written(String name) throws IOException {
        var file = new PreparedTextFile(folder.resolve(name));
        file.write(TEXT);
        return file.path();
    }

    private static Path aged(Path file, int days) throws IOException {
        return Files.setLastModifiedTime(file, FileTime.from(LONG_AGO.minusSeconds(86_400L * days)));
    }

    private TreeSet<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            var names = new TreeSet<String>();
            files.forEach(file -> names.add(file.getFileName().toString()));
            return names;
        }
    }
}
