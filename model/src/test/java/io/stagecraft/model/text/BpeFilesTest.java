package io.stagecraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files of a small vocabulary trained here, whole and damaged.
final class BpeFilesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXT = "a cat, a hat and a mat; the cat sat: äß \n 12";
    private static final ReferenceBpe REFERENCE = ReferenceBpe.train(TEXT, 12);

    @TempDir
    private Path folder;

    private Path vocabulary() throws IOException {
        ObjectNode vocabulary = JSON.createObjectNode();
        List<String> tokens = REFERENCE.tokens();
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        return Files.write(folder.resolve("vocab.json"), JSON.writeValueAsBytes(vocabulary));
    }

    private Path merges() throws IOException {
        return Files.writeString(
                folder.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", REFERENCE.mergeLines()) + "\n");
    }

    private ObjectNode tokenizerJson() throws IOException {
        ObjectNode root = JSON.createObjectNode().put("version", "1.0").putNull("normalizer");
        root.putObject("pre_tokenizer")
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("use_regex", true);
        ObjectNode model = root.putObject("model").put("type", "BPE").putNull("dropout");
        ObjectNode vocabulary = (ObjectNode) JSON.readTree(vocabulary().toFile());
        int end = vocabulary.remove(GptBpeTokenizer.END_OF_TEXT).intValue();
        model.set("vocab", vocabulary);
        ArrayNode merges = model.putArray("merges");
        REFERENCE.mergeLines().forEach(merges::add);
        root.putArray("added_tokens").addObject().put("id", end).put("content", GptBpeTokenizer.END_OF_TEXT);
        return root;
    }

    private Path write(ObjectNode root) throws IOException {
        return Files.write(folder.resolve("tokenizer.json"), JSON.writeValueAsBytes(root));
    }

    @Test
    void shouldReadVocabularyAndMerges() throws IOException {
        Tokenizer tokenizer = BpeFiles.read(vocabulary(), merges());
        assertThat(tokenizer.encode(TEXT)).isEqualTo(REFERENCE.encode(TEXT));
        assertThat(tokenizer.decode(tokenizer.encode(TEXT))).isEqualTo(TEXT);
        assertThat(tokenizer.vocabSize()).isEqualTo(269);
        assertThat(tokenizer.endOfDocument()).isEqualTo(268);
    }

    @Test
    void shouldReadMergesWithWindowsLineEnds() throws IOException {
        Path merges = merges();
        Files.writeString(merges, Files.readString(merges).replace("\n", "\r\n"));
        assertThat(BpeFiles.read(vocabulary(), merges).encode(TEXT)).isEqualTo(REFERENCE.encode(TEXT));
    }

    @Test
    void shouldReadHuggingFacesFile() throws IOException {
        Tokenizer tokenizer = TokenizerJson.read(write(tokenizerJson()));
        assertThat(tokenizer.encode(TEXT)).isEqualTo(REFERENCE.encode(TEXT));
        assertThat(tokenizer.endOfDocument()).isEqualTo(268);
    }

    @Test
    void shouldReadHuggingFacesFileWithMergesAsLists() throws IOException {
        ObjectNode root = tokenizerJson();
        ArrayNode merges = ((ObjectNode) root.get("model")).putArray("merges");
        for (String merge : REFERENCE.mergeLines()) {
            merges.addArray().add(merge.split(" ")[0]).add(merge.split(" ")[1]);
        }
        assertThat(TokenizerJson.read(write(root)).encode(TEXT)).isEqualTo(REFERENCE.encode(TEXT));
    }

    private static Arguments change(String field, Consumer<ObjectNode> change) {
        return Arguments.of(field, change);
    }

    private static ObjectNode model(ObjectNode root) {
        return (ObjectNode) root.get("model");
    }

    private static Stream<Arguments> changes() {
        return Stream.of(
                change("normalizer", root -> root.putObject("normalizer").put("type", "NFC")),
                change(
                        "pre_tokenizer.type",
                        root -> root.putObject("pre_tokenizer").put("type", "Whitespace")),
                change("pre_tokenizer", root -> root.remove("pre_tokenizer")),
                change(
                        "pre_tokenizer.add_prefix_space",
                        root -> ((ObjectNode) root.get("pre_tokenizer")).put("add_prefix_space", true)),
                change(
                        "pre_tokenizer.use_regex",
                        root -> ((ObjectNode) root.get("pre_tokenizer")).put("use_regex", false)),
                change("model.type", root -> model(root).put("type", "WordPiece")),
                change("model.ignore_merges", root -> model(root).put("ignore_merges", true)),
                change("model.dropout", root -> model(root).put("dropout", 0.1)),
                change("model.end_of_word_suffix", root -> model(root).put("end_of_word_suffix", "</w>")),
                change("model.vocab", root -> model(root).put("vocab", 1)),
                change("model.merges[0]", root -> model(root).putArray("merges").add("a b c")),
                change("model.merges[0]", root -> model(root).putArray("merges").add(7)),
                change("model.merges[0]", root -> model(root).putArray("merges").add("q q")),
                change(
                        "added_tokens[0].id",
                        root -> root.putArray("added_tokens").addObject().put("id", -1)),
                change(
                        "added_tokens[0]",
                        root -> root.putArray("added_tokens").addObject().put("id", 268)),
                change(
                        "added_tokens",
                        root -> root.putArray("added_tokens")
                                .addObject()
                                .put("id", 900)
                                .put("content", "x9")));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void shouldRefuseWhatIsNotGpt2sWay(String field, Consumer<ObjectNode> change) throws IOException {
        ObjectNode root = tokenizerJson();
        change.accept(root);
        Path file = write(root);
        assertThatThrownBy(() -> TokenizerJson.read(file))
                .isInstanceOfSatisfying(
                        VocabularyException.class, e -> assertThat(e.field()).isEqualTo(field));
    }

    @ParameterizedTest
    @CsvSource({
        "'[]', vocabulary",
        "'{\"a\": 0, \"a\": 1}', token \"a\"",
        "'{\"a\": 1}', token \"a\"",
        "'{\"a\": -1}', id of \"a\"",
        "'{\"a\": 0.5}', id of \"a\"",
        "'{\"a\": 99999999999999999999}', id of \"a\"",
        "'{\"a\": {}}', id of \"a\"",
        "'{\"a\": 0, \"b\": 0}', id 0",
        "'{\"a\": 0}', vocabulary",
        "'{\"a\": 0', JSON",
        "'{\"a\": 0 \"b\"}', JSON",
        "'', vocabulary"
    })
    void shouldNameTheFaultOfAVocabulary(String content, String field) throws IOException {
        Path vocabulary = Files.writeString(folder.resolve("bad.json"), content);
        Path merges = Files.writeString(folder.resolve("none.txt"), "#\n");
        assertThatThrownBy(() -> BpeFiles.read(vocabulary, merges))
                .isInstanceOfSatisfying(VocabularyException.class, e -> {
                    assertThat(e.field()).isEqualTo(field);
                    assertThat(e.file()).hasFileName("bad.json");
                });
    }

    @ParameterizedTest
    @CsvSource({
        "'a t\n', line 1, 0",
        "'#v\na\n', line 2, 3",
        "'#v\na t s\n', line 2, 3",
        "'#v\nq q\n', line 2, 3",
        "'#v\na t\na t\n', line 3, 7"
    })
    void shouldNameTheLineOfABadMerge(String content, String field, long offset) throws IOException {
        Path vocabulary = vocabulary();
        Path merges = Files.writeString(folder.resolve("bad.txt"), content);
        assertThatThrownBy(() -> BpeFiles.read(vocabulary, merges))
                .isInstanceOfSatisfying(VocabularyException.class, e -> {
                    assertThat(e.field()).isEqualTo(field);
                    assertThat(e.offsetBytes()).isEqualTo(offset);
                });
    }

    @Test
    void shouldRefuseALineThatIsNotUtf8() throws IOException {
        Path merges = folder.resolve("bad.txt");
        Files.write(merges, new byte[] {'#', '\n', 'a', ' ', (byte) 0xFF, '\n'});
        Path vocabulary = vocabulary();
        assertThatThrownBy(() -> BpeFiles.read(vocabulary, merges))
                .isInstanceOf(VocabularyException.class)
                .hasMessageContaining("line 2 (byte 2)");
    }

    /// A hostile file may nest values as deep as its size allows.
    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void shouldRefuseDeepNestingWithoutRecursion(String open) throws IOException {
        Path file = Files.writeString(folder.resolve("deep.json"), "{\"x\":" + open.repeat(1_000_000));
        assertThatThrownBy(() -> TokenizerJson.read(file)).isInstanceOf(VocabularyException.class);
    }
}
