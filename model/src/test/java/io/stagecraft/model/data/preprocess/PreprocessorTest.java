package io.stagecraft.model.data.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.SharedFixtures;
import io.stagecraft.model.data.IndexedDataset;
import io.stagecraft.model.data.preprocess.PreprocessSettings.BadLines;
import io.stagecraft.model.data.preprocess.PreprocessSettings.Level;
import io.stagecraft.model.text.GptBpeTokenizer;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import io.stagecraft.model.text.WordPieceTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PreprocessorTest {
    private static final Tokenizer GPT2 = GptBpeTokenizer.gpt2();
    private static final int MIB = 1 << 20;

    @TempDir
    private Path folder;

    private final List<BadLine> leftOut = new ArrayList<>();
    private final List<PreprocessProgress> steps = new ArrayList<>();

    private final PreprocessProgress.Listener listener = new PreprocessProgress.Listener() {
        @Override
        public void progressed(PreprocessProgress progress) {
            steps.add(progress);
        }

        @Override
        public void leftOut(BadLine line) {
            leftOut.add(line);
        }
    };

    private PreprocessSettings settings(InputFormat format, BadLines badLines, Path... inputs) {
        return new PreprocessSettings(
                List.of(inputs),
                format,
                List.of("text"),
                folder.resolve("out"),
                new PreprocessSettings.Documents(Level.DOCUMENT, true, badLines),
                new PreprocessSettings.Limits(2, MIB));
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static List<String> texts(IndexedDataset dataset) {
        var texts = new ArrayList<String>();
        for (long item = 0; item < dataset.numItems(); item++) {
            int[] ids = new int[dataset.length(item)];
            dataset.copy(item, 0, ids.length, ids, 0);
            texts.add(GPT2.decode(ids));
        }
        return texts;
    }

    private List<String> written() {
        try (IndexedDataset dataset = IndexedDataset.open(folder.resolve("out_text_document"))) {
            return texts(dataset);
        }
    }

    @Test
    void shouldWriteADocumentForEachLineWithItsEnd() throws IOException {
        Path input = file(
                "in.jsonl",
                "{\"id\": 1, \"text\": \"one\\n\"}\n\n{\"text\": \"zwei ä\", \"more\": {\"text\": \"x\"}}\n");
        var done = Preprocessor.run(settings(InputFormat.JSON_LINES, BadLines.STOP, input), GPT2, listener);
        assertThat(written()).containsExactly("one\n<|endoftext|>", "zwei ä<|endoftext|>");
        assertThat(done.progress().numDocuments()).isEqualTo(2);
        assertThat(done.progress().doneBytes()).isEqualTo(Files.size(input));
        assertThat(done.prefixes()).containsExactly(folder.resolve("out_text_document"));
    }

    @Test
    void shouldLeaveOutTextsWithoutTokensAndDocumentsWithoutTexts() throws IOException {
        Path input = file("in.jsonl", """
                {"text": ""}
                {"text": ["a", "", "b"]}
                {"text": []}
                {"text": ["", "c", ""]}
                """);
        Preprocessor.run(settings(InputFormat.JSON_LINES, BadLines.STOP, input), GPT2, listener);
        assertThat(written()).containsExactly("a", "b<|endoftext|>", "c<|endoftext|>");
        try (IndexedDataset dataset = IndexedDataset.open(folder.resolve("out_text_document"))) {
            assertThat(dataset.numDocuments()).isEqualTo(2);
            assertThat(dataset.firstItem(1)).isEqualTo(2);
        }
    }

    @Test
    void shouldKeepTheOrderOfManyBatches() throws IOException {
        var text = new StringBuilder();
        int numLines = 60_000;
        for (int i = 0; i < numLines; i++) {
            text.append("{\"text\": \"line number ").append(i).append("\"}\n");
        }
        Path input = file("in.jsonl", text.toString());
        Preprocessor.run(settings(InputFormat.JSON_LINES, BadLines.STOP, input), GPT2, listener);
        assertThat(steps).hasSizeGreaterThan(3);
        List<String> written = written();
        assertThat(written).hasSize(numLines);
        for (int i = 0; i < numLines; i++) {
            assertThat(written.get(i)).isEqualTo("line number " + i + "<|endoftext|>");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    [1]                       | no JSON object
                    {"text": "a"              | no JSON
                    {"text": "a"} x           | no JSON
                    {"text": "a"} {}          | more behind
                    {"txt": "a"}              | no key "text"
                    {"text": null}            | must be a text
                    {"text": {"text": "a"}}   | must be a text
                    {"text": ["a", 1]}        | list of texts
                    {"text": "\\ud83d"}       | half a surrogate pair
                    {"text": "\\ude42\\ud83d"} | half a surrogate pair
                    """)
    void shouldNameFileAndLineOfABadLineAndWriteNothing(String line, String fault) throws IOException {
        Path input = file("in.jsonl", "{\"text\": \"good\"}\n" + line.replace("\\\\", "\\") + "\n");
        assertThatThrownBy(
                        () -> Preprocessor.run(settings(InputFormat.JSON_LINES, BadLines.STOP, input), GPT2, listener))
                .isInstanceOf(PreprocessException.class)
                .hasMessageContaining("in.jsonl, line 2: ")
                .hasMessageContaining(fault);
        try (var all = Files.list(folder)) {
            assertThat(all).containsExactly(input);
        }
    }

    @Test
    void shouldLeaveOutBadLinesOnRequestAndSayThem() throws IOException {
        Path input = folder.resolve("in.jsonl");
        byte[] bytes =
                "{\"text\": \"a\"}\n{\"text\": \"?\"}\n{\"text\": \"b\"}\nnone\n".getBytes(StandardCharsets.UTF_8);
        bytes[24] = (byte) 0xFF; // the question mark
        Files.write(input, bytes);
        var done = Preprocessor.run(settings(InputFormat.JSON_LINES, BadLines.SKIP, input), GPT2, listener);
        assertThat(written()).containsExactly("a<|endoftext|>", "b<|endoftext|>");
        assertThat(leftOut).extracting(BadLine::line).containsExactly(2L, 4L);
        assertThat(leftOut.getFirst().fault()).contains("not UTF-8").contains("byte 11");
        assertThat(done.progress().numBadLines()).isEqualTo(2);
    }

    @Test
    void shouldReadOverAByteOrderMarkAtTheStart() throws IOException {
        Path input = file("in.jsonl", "\ufeff{\"text\": \"a\"}\r\n{\"text\": \"b\"}");
        Preprocessor.run(settings(InputFormat.JSON_LINES, BadLines.STOP, input), GPT2, listener);
        assertThat(written()).containsExactly("a<|endoftext|>", "b<|endoftext|>");
    }

    @Test
    void shouldReadOverALineThatIsTooLong() throws IOException {
        Path input = file("in.jsonl", "{\"text\": \"" + "x".repeat(MIB) + "\"}\n{\"text\": \"b\"}");
        Preprocessor.run(settings(InputFormat.JSON_LINES, BadLines.SKIP, input), GPT2, listener);
        assertThat(written()).containsExactly("b<|endoftext|>");
        assertThat(leftOut.getFirst().fault()).contains("--max-line-bytes");
    }

    @Test
    void shouldGiveEachKeyItsOwnDataset() throws IOException {
        Path input = file("in.jsonl", "{\"text\": \"a\", \"title\": \"A\"}\n");
        var settings = new PreprocessSettings(
                List.of(input),
                InputFormat.JSON_LINES,
                List.of("title", "text"),
                folder.resolve("out"),
                new PreprocessSettings.Documents(Level.DOCUMENT, false, BadLines.STOP),
                new PreprocessSettings.Limits(1, MIB));
        Preprocessor.run(settings, GPT2, listener);
        assertThat(written()).containsExactly("a");
        try (IndexedDataset titles = IndexedDataset.open(folder.resolve("out_title_document"))) {
            assertThat(texts(titles)).containsExactly("A");
        }
    }

    @Test
    void shouldTakeLinesOfPlainTextAsDocuments() throws IOException {
        Path input = file("in.txt", "one {\r\n\ntwo\n");
        Preprocessor.run(settings(InputFormat.LINES, BadLines.STOP, input), GPT2, listener);
        assertThat(written()).containsExactly("one {<|endoftext|>", "two<|endoftext|>");
    }

    /// The text is longer than a piece, so that it is cut; encoded at once it gives the same tokens.
    @Test
    void shouldTakeAFileOfPlainTextAsOneDocument() throws IOException {
        var text = new StringBuilder("\n  ");
        while (text.length() < 3 * MIB) {
            text.append("Some words, \n and 12 numbers.\n\n  \nA line's end\nAnother one:\n\tindented\n");
        }
        Path first = file("in.txt", text.toString());
        Path second = file("in2.txt", "short");
        Preprocessor.run(settings(InputFormat.TEXT, BadLines.STOP, first, second), GPT2, listener);
        try (IndexedDataset dataset = IndexedDataset.open(folder.resolve("out_text_document"))) {
            assertThat(dataset.numItems()).isEqualTo(2);
            int[] ids = new int[dataset.length(0)];
            dataset.copy(0, 0, ids.length, ids, 0);
            assertThat(ids).startsWith(GPT2.encode(text.toString())).endsWith(GPT2.endOfDocument());
            assertThat(ids).hasSize(GPT2.encode(text.toString()).length + 1);
        }
    }

    @Test
    void shouldRefuseTextThatCannotBeCutOrRead() throws IOException {
        Path blob = file("in.txt", "ab".repeat(MIB));
        assertThatThrownBy(() -> Preprocessor.run(settings(InputFormat.TEXT, BadLines.STOP, blob), GPT2, listener))
                .isInstanceOf(PreprocessException.class)
                .hasMessageContaining("in.txt")
                .hasMessageContaining("no place to be cut");
        Path latin = folder.resolve("latin.txt");
        Files.write(latin, "gr\u00fcn".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Preprocessor.run(settings(InputFormat.TEXT, BadLines.STOP, latin), GPT2, listener))
                .isInstanceOf(PreprocessException.class)
                .hasMessageContaining("byte 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "{\"text\": \"\"}\n"})
    void shouldRefuseAnInputWithoutAnyDocument(String content) throws IOException {
        Path input = file("in.jsonl", content);
        assertThatThrownBy(
                        () -> Preprocessor.run(settings(InputFormat.JSON_LINES, BadLines.STOP, input), GPT2, listener))
                .isInstanceOf(PreprocessException.class)
                .hasMessageContaining("nothing was written");
    }

    @Test
    void shouldSayThatAnInputIsMissing() {
        assertThatThrownBy(() -> Preprocessor.run(
                        settings(InputFormat.JSON_LINES, BadLines.STOP, folder.resolve("none")), GPT2, listener))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("none: there is no such file");
    }

    private void shouldWriteMegatronsBytes(TokenizerSource source, String input, String key, String expected)
            throws IOException {
        boolean bert = source instanceof TokenizerSource.BertWordPiece;
        var settings = new PreprocessSettings(
                List.of(SharedFixtures.require("golden/data/" + input)),
                InputFormat.JSON_LINES,
                List.of(key),
                folder.resolve("out"),
                new PreprocessSettings.Documents(bert ? Level.SENTENCE : Level.DOCUMENT, !bert, BadLines.STOP),
                new PreprocessSettings.Limits(2, MIB));
        Path prefix =
                Preprocessor.run(settings, source.open(), listener).prefixes().getFirst();
        for (String ending : List.of(".bin", ".idx")) {
            assertThat(prefix.resolveSibling(prefix.getFileName() + ending))
                    .hasSameBinaryContentAs(SharedFixtures.require("golden/data/" + expected + ending));
        }
    }

    @Test
    void shouldWriteMegatronsBytesOfGptWithASmallVocabulary() throws IOException {
        var source = new TokenizerSource.GptBpeFiles(
                SharedFixtures.require("golden/data/gpt2-small-vocab.json"),
                SharedFixtures.require("golden/data/gpt2-small-merges.txt"));
        shouldWriteMegatronsBytes(source, "text.jsonl", "text", "gpt_text_document");
    }

    @Test
    void shouldWriteMegatronsBytesOfGptWithItsVocabulary() throws IOException {
        shouldWriteMegatronsBytes(
                new TokenizerSource.BuiltInGpt2Bpe(), "text.jsonl", "text", "gpt_realvocab_text_document");
    }

    @Test
    void shouldWriteMegatronsBytesOfBertSentences() throws IOException {
        var source = new TokenizerSource.BertWordPiece(
                SharedFixtures.require("golden/data/bert-wordpiece-vocab.txt"), WordPieceTokenizer.Case.LOWER);
        shouldWriteMegatronsBytes(source, "bert_sentences.jsonl", "sentences", "bert_text_sentence");
    }
}
