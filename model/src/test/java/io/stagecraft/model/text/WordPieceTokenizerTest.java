package io.stagecraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.text.WordPieceTokenizer.Case;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class WordPieceTokenizerTest {
    private static final List<String> TOKENS = List.of(
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "runn", "##ing", "run", "the", ",",
            ".", "!", "'", "t", "don", "cafe", "中", "国", "The", "#", "##s", "$", "s");
    private static final WordPieceTokenizer LOWER = WordPieceTokenizer.of(TOKENS, Case.LOWER);
    private static final WordPieceTokenizer KEPT = WordPieceTokenizer.of(TOKENS, Case.KEPT);

    @TempDir
    private Path folder;

    private static String pieces(WordPieceTokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text))
                .mapToObj(id -> tokenizer.tokens().get(id))
                .collect(Collectors.joining(" "));
    }

    /// Worked out by hand after Google's BERT, `tokenization.py`; the first row is the example in it.
    private static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("unaffable", "un ##aff ##able"),
                Arguments.of("UNaffable", "un ##aff ##able"),
                Arguments.of("running, the runs!", "runn ##ing , the run ##s !"),
                Arguments.of("don't.", "don ' t ."),
                Arguments.of("caf\u00e9", "cafe"),
                Arguments.of("cafe\u0301", "cafe"),
                Arguments.of("the\u00a0the", "the the"),
                Arguments.of("the\u2028the", "the the"),
                Arguments.of("th\u200be", "the"),
                Arguments.of("th\u0000\ufffd\u0085e", "the"),
                Arguments.of("the\tthe\r\nthe ", "the the the"),
                Arguments.of("the中国run", "the 中 国 run"),
                Arguments.of("unafx", "[UNK]"),
                Arguments.of("#s $#", "# s $ #"),
                Arguments.of("\u0301", ""),
                Arguments.of("", ""));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void shouldCutAndLookUpAsBert(String text, String expected) {
        assertThat(pieces(LOWER, text)).isEqualTo(expected);
    }

    @Test
    void shouldKeepCapitalsAndAccentsIfAsked() {
        assertThat(pieces(KEPT, "The the caf\u00e9")).isEqualTo("The the [UNK]");
    }

    @Test
    void shouldNotKnowWordsOfMoreThanTwoHundredCharacters() {
        String word = "un" + "aff".repeat(66); // 200
        assertThat(LOWER.encode(word)).hasSize(67);
        assertThat(pieces(LOWER, word + "able")).isEqualTo("[UNK]");
    }

    @Test
    void shouldAddBeginAndEndBehindTheVocabulary() {
        assertThat(LOWER.vocabSize()).isEqualTo(TOKENS.size() + 2);
        assertThat(LOWER.id("[BOS]")).isEqualTo(TOKENS.size());
        assertThat(LOWER.id("[EOS]")).isEqualTo(TOKENS.size() + 1);
        assertThat(LOWER.id("[CLS]")).isEqualTo(2);
    }

    @Test
    void shouldGiveTheTextBack() {
        String text = "the running don't, unaffable runs!";
        assertThat(LOWER.decode(LOWER.encode(text))).isEqualTo("the running don't, unaffable runs!");
        assertThat(LOWER.encode(LOWER.decode(LOWER.encode(text)))).isEqualTo(LOWER.encode(text));
    }

    @Test
    void shouldComeBackFromItsSettings() {
        Tokenizer restored = Tokenizer.restore(KEPT.settings());
        assertThat(restored.encode("The run")).isEqualTo(KEPT.encode("The run"));
        assertThat(restored.vocabSize()).isEqualTo(KEPT.vocabSize());
        assertThatThrownBy(() -> Tokenizer.restore(Map.of("type", "bert-wordpiece", "tokens", TOKENS)))
                .hasMessageContaining("tokenizer.lower-case");
    }

    @Test
    void shouldReadAVocabulary() throws IOException {
        Path file = Files.writeString(folder.resolve("vocab.txt"), String.join("\r\n", TOKENS) + "\n");
        assertThat(WordPieceTokenizer.read(file, Case.LOWER).tokens()).startsWith(TOKENS.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "'[PAD]\n[UNK]\n\n', line 3, 12, blank",
        "'a\nb\na\n', line 3, 4, line 1 too",
        "'[PAD]\n[UNK]\n', tokens, 12, [CLS]"
    })
    void shouldNameTheLineOfABadVocabulary(String content, String field, long offset, String fault) throws IOException {
        Path file = Files.writeString(folder.resolve("vocab.txt"), content);
        assertThatThrownBy(() -> WordPieceTokenizer.read(file, Case.LOWER))
                .isInstanceOfSatisfying(VocabularyException.class, e -> {
                    assertThat(e.field()).isEqualTo(field);
                    assertThat(e.offsetBytes()).isEqualTo(offset);
                    assertThat(e).hasMessageContaining(fault).hasMessageContaining("vocab.txt");
                });
    }
}
