package io.stagecraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GptBpeTokenizerTest {
    private static final String TEXT = "The cat sat on the mat and the cat's hat. We'll see that they're sitting;"
            + " the others, too, have sat there 12 times in 1234 years.\n\nAnother    line  \n  und Wörter äöü";

    private static final ReferenceBpe REFERENCE = ReferenceBpe.train(TEXT, 60);
    private static final GptBpeTokenizer TOKENIZER = REFERENCE.tokenizer();

    /// Characters of every kind that the cutting of text looks at, as often as each other.
    private static String random(Random random, int length) {
        String[] parts = {
            "a",
            "the",
            "cat",
            " ",
            "  ",
            "\n",
            "\t",
            "'s",
            "'ll",
            "'",
            "'S",
            "1",
            "23",
            "½",
            "ä",
            "é",
            "中",
            "😀",
            ".",
            "--",
            "\u00a0",
            "\u2003",
            "\u0085",
            "\u200b",
            "\u001c",
            "\u0000",
            "\ud83d",
            "ⅷ",
            "ʰ",
            "a\u0301",
            "<|endoftext|>"
        };
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(parts[random.nextInt(parts.length)]);
        }
        return text.toString();
    }

    /// `text` without halves of surrogate pairs, which UTF-8 cannot hold.
    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @Test
    void shouldCutTextAsTheRegularExpressionDoes() {
        var random = new Random(1);
        var cutter = new GptPreTokenizer();
        for (int i = 0; i < 3000; i++) {
            String text = random(random, 1 + random.nextInt(12));
            int at = 0;
            for (String piece : ReferenceBpe.pieces(text)) {
                assertThat(cutter.end(text, at))
                        .as("piece at %d of \"%s\"", at, text)
                        .isEqualTo(at + piece.length());
                at += piece.length();
            }
            assertThat(at).isEqualTo(text.length());
        }
    }

    @Test
    void shouldCutAtEveryCharacterOfTheBasicPlaneAsTheRegularExpressionDoes() {
        var cutter = new GptPreTokenizer();
        for (int c = 0; c <= Character.MAX_VALUE; c++) {
            String text = "a" + (char) c + "1";
            assertThat(cutter.end(text, 0))
                    .as("character %x", c)
                    .isEqualTo(ReferenceBpe.pieces(text).getFirst().length());
        }
    }

    @Test
    void shouldMergeAsTheSlowWayDoes() {
        var random = new Random(2);
        for (int i = 0; i < 300; i++) {
            String text = utf8(random(random, 1 + random.nextInt(30)));
            assertThat(TOKENIZER.encode(text)).as(text).isEqualTo(REFERENCE.encode(text));
        }
        assertThat(TOKENIZER.encode(TEXT)).isEqualTo(REFERENCE.encode(TEXT));
    }

    @Test
    void shouldMergeAsTheSlowWayDoesWhereGoodMergesNeedBadOnes() {
        ReferenceBpe odd = REFERENCE.shuffled(3);
        assertThat(odd.tokenizer().encode(TEXT)).isEqualTo(odd.encode(TEXT));
        assertThat(odd.encode(TEXT)).isNotEqualTo(REFERENCE.encode(TEXT));
    }

    @Test
    void shouldGiveTheTextBack() {
        var random = new Random(4);
        for (int i = 0; i < 300; i++) {
            String text = utf8(random(random, 40));
            assertThat(TOKENIZER.decode(TOKENIZER.encode(text))).isEqualTo(text);
        }
    }

    @Test
    void shouldAnswerTheSameFromItsCache() {
        GptBpeTokenizer fresh = REFERENCE.tokenizer();
        int[] first = fresh.encode(TEXT);
        assertThat(fresh.encode(TEXT)).isEqualTo(first);
    }

    @Test
    void shouldDecodeHalfACharacterToAReplacementAndKeepItsBytes() {
        int[] euro = TOKENIZER.encode("€"); // three bytes, none merged
        assertThat(euro).hasSize(3);
        assertThat(TOKENIZER.decode(euro, 0, 2)).isEqualTo("\ufffd");
        assertThat(TOKENIZER.decodeBytes(euro, 0, 2)).isEqualTo(new byte[] {(byte) 0xE2, (byte) 0x82});
        int[] all = new int[ByteAlphabet.NUM_BYTES];
        Arrays.setAll(all, i -> i);
        assertThat(TOKENIZER.decodeBytes(all, 0, all.length))
                .hasSize(256)
                .startsWith(0, 1, 2)
                .endsWith(254, 255);
    }

    @Test
    void shouldTreatTheEndOfADocumentInsideTextAsText() {
        assertThat(TOKENIZER.encode("<|endoftext|>")).doesNotContain(TOKENIZER.endOfDocument());
        assertThat(TOKENIZER.decode(new int[] {TOKENIZER.endOfDocument()})).isEqualTo("<|endoftext|>");
    }

    @Test
    void shouldEncodeHalfASurrogatePairAsReplacement() {
        assertThat(TOKENIZER.decode(TOKENIZER.encode("a\ud83db"))).isEqualTo("a\ufffdb");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1_000_000})
    void shouldRefuseIdsItDoesNotHave(int id) {
        assertThatThrownBy(() -> TOKENIZER.decode(new int[] {id}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(String.valueOf(id));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", ".", "'", "ab", "the"})
    void shouldNotSlowDownOnLongRuns(String unit) {
        String text = unit.repeat(400_000 / unit.length());
        // Quadratic work would be 1.6e11 steps.
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThat(TOKENIZER.encode(text)).isNotEmpty());
    }

    @Test
    void shouldComeBackFromItsSettings() {
        Tokenizer restored = Tokenizer.restore(TOKENIZER.settings());
        assertThat(restored.encode(TEXT)).isEqualTo(TOKENIZER.encode(TEXT));
        assertThat(restored.vocabSize()).isEqualTo(TOKENIZER.vocabSize());
        assertThat(restored.endOfDocument()).isEqualTo(TOKENIZER.endOfDocument());
    }

    @Test
    void shouldNameTheSettingThatIsWrong() {
        assertThatThrownBy(() -> Tokenizer.restore(Map.of("type", "gpt2-bpe")))
                .hasMessageContaining("tokenizer.tokens");
        assertThatThrownBy(() -> Tokenizer.restore(
                        Map.of("type", "gpt2-bpe", "tokens", List.of("a", "<|endoftext|>"), "merges", List.of("a"))))
                .hasMessageContaining("tokenizer.merges");
        assertThatThrownBy(() ->
                        Tokenizer.restore(Map.of("type", "gpt2-bpe", "tokens", List.of("a"), "merges", List.of())))
                .hasMessageContaining("<|endoftext|>");
    }

    @Test
    void shouldHaveGpt2BuiltIn() {
        GptBpeTokenizer gpt2 = GptBpeTokenizer.gpt2();
        assertThat(gpt2.vocabSize()).isEqualTo(50257);
        assertThat(gpt2.endOfDocument()).isEqualTo(50256);
        assertThat(gpt2.merges()).hasSize(50000).startsWith("Ġ t", "Ġ a", "h e", "i n");
        // The ids that OpenAI's encoder gives.
        assertThat(gpt2.encode("Hello world")).containsExactly(15496, 995);
        assertThat(Tokenizer.restore(gpt2.settings()).encode("Hello world")).containsExactly(15496, 995);
        assertThat(gpt2.settings()).containsEntry("vocabulary", "gpt2");
    }
}
