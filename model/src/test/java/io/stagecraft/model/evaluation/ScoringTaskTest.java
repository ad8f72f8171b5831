package io.stagecraft.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.SharedFixtures;
import io.stagecraft.model.text.GptBpeTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ScoringTaskTest {
    private static final int EOD = 99;
    private static final GptBpeTokenizer GPT2 = GptBpeTokenizer.gpt2();

    private static int[] tokens(int num) {
        int[] tokens = new int[num];
        Arrays.setAll(tokens, i -> i);
        return tokens;
    }

    /// Worked out by hand, rule by rule, after Megatron-LM's `detokenizer.py`.
    private static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("boys ' toys", "boys' toys"),
                Arguments.of("a well @-@ known 1 @,@ 000 @.@ 5", "a well-known 1,000.5"),
                Arguments.of(
                        "one : two ; three . Four ! Five ? Six , seven", "one: two; three. Four! Five? Six, seven"),
                Arguments.of("( a ) [ b ] { c } \" d \" ' e '", "(a) [b] {c} \"d\" 'e'"),
                Arguments.of(" = = Title = = ", " == Title == "),
                Arguments.of(" = = = = X", " ==== X"),
                Arguments.of("20 \u00b0 C", "20\u00b0C"),
                Arguments.of("end \n begin", "end\nbegin"),
                Arguments.of("has N of it 's", "has 1 of it's"),
                Arguments.of("' 90", "' 90"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void shouldUndoTheTokenizationOfWikiText(String text, String expected) {
        assertThat(WikiTextDetokenizer.detokenize(text)).isEqualTo(expected);
    }

    /// Python takes U+001C to U+001F, U+0085 and no-break spaces for white space, and U+200B not.
    @Test
    void shouldFindTheLastWordAsPythonDoes() {
        assertThat(PythonText.lastWord("a\u00a0cat\u0085\u2007")).isEqualTo("cat");
        assertThat(PythonText.lastWord("a cat\u200b")).isEqualTo("cat\u200b");
        assertThat(PythonText.lastWord(" \u001f")).isEmpty();
        assertThat(PythonText.strip("\u202f a\u00a0b\u3000\n")).isEqualTo("a\u00a0b");
        assertThat(PythonText.strip("\u00a0")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"'a b', 2", "'a  b', 3", "' a b \n', 2", "'a\nb c', 2"})
    void shouldCountWordsBetweenSingleBlanks(String text, long words) {
        assertThat(WikiTextTask.words(text)).isEqualTo(words);
    }

    /// Every target must count once and in the right place; counted here by the tokens themselves, which are
    /// their own positions.
    @ParameterizedTest
    @CsvSource({"2, 8, 3", "9, 8, 8", "10, 8, 8", "100, 8, 3", "100, 8, 1", "100, 8, 8", "7, 8, 2", "41, 10, 5"})
    void shouldScoreEveryTargetOnce(int numTokens, int sequenceLength, int overlap) {
        var task = WikiTextTask.of(tokens(numTokens), 5, sequenceLength, overlap, EOD + 1);
        var scored = new ArrayList<Integer>();
        for (int window = 0; window < task.numWindows() + 2; window++) {
            int[] tokens = new int[sequenceLength + 1];
            task.tokens(window, tokens, 0);
            ScoredWindow targets = task.scored(window);
            for (int position = targets.from(); position < targets.to(); position++) {
                assertThat(tokens[position + 1]).isEqualTo(tokens[position] + 1);
                scored.add(tokens[position + 1]);
            }
        }
        assertThat(scored)
                .isEqualTo(Arrays.stream(tokens(numTokens)).skip(1).boxed().toList());
    }

    /// ceil((T - 1 - o) / o) + 1 windows for T tokens.
    @Test
    void shouldMakeAsManyWindowsAsMegatron() {
        assertThat(WikiTextTask.of(tokens(100), 5, 8, 3, EOD).numWindows()).isEqualTo(33);
        assertThat(WikiTextTask.of(tokens(2), 5, 8, 3, EOD).numWindows()).isEqualTo(1);
        assertThat(WikiTextTask.of(tokens(9), 5, 8, 8, EOD).numWindows()).isEqualTo(1);
        assertThat(WikiTextTask.of(tokens(10), 5, 8, 8, EOD).numWindows()).isEqualTo(2);
    }

    @Test
    void shouldFillTheLastWindowWithTheEndOfADocument() {
        var task = WikiTextTask.of(tokens(6), 5, 4, 4, EOD);
        int[] into = new int[6];
        task.tokens(1, into, 1);
        assertThat(into).containsExactly(0, 4, 5, EOD, EOD, EOD);
        assertThat(task.scored(1)).isEqualTo(new ScoredWindow(0, 1));
    }

    /// ln 2 a token and 11 tokens for 6 words: ratio 10 / 5, so 2 a token and 4 a word.
    @Test
    void shouldGivePerplexityOfATokenAndOfAWord() {
        var report =
                WikiTextTask.of(tokens(11), 6, 4, 4, EOD).report(new ScoringTask.Totals(10 * Math.log(2), 10, 0, 3));
        assertThat(report.tokenRatio()).isEqualTo(2);
        assertThat(report.perplexity()).isCloseTo(2, within(1e-12));
        assertThat(report.adjustedPerplexity()).isCloseTo(4, within(1e-12));
        assertThat(report.values()).containsKeys("avg_loss", "ppl", "adjusted_ppl", "token_ratio");
    }

    @Test
    void shouldRefuseWindowsThatLeaveTokensOut() {
        assertThatThrownBy(() -> WikiTextTask.of(tokens(11), 6, 4, 5, EOD)).hasMessageContaining("from 1 to 4");
        assertThatThrownBy(() -> WikiTextTask.of(tokens(1), 6, 4, 4, EOD)).hasMessageContaining("two tokens");
    }

    /// Words and the digest of the detokenized text by Python's `str` and `re` with the same rules.
    @Test
    void shouldDetokenizeAllOfWikiTextAsPythonDoes() throws IOException, NoSuchAlgorithmException {
        String text = Files.readString(SharedFixtures.require("data/corpora/wikitext-2.test.tokens.txt"));
        assertThat(WikiTextTask.words(text)).isEqualTo(245_566);
        byte[] detokenized = WikiTextDetokenizer.detokenize(text).getBytes(StandardCharsets.UTF_8);
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(detokenized)))
                .isEqualTo("f7a499621c56efe6af6dfcf0000730cb19f60063656a277e0dc881c165d6c397");
    }

    @Test
    void shouldCountTheTokensOfWikiText() throws IOException {
        String text = Files.readString(SharedFixtures.require("data/corpora/wikitext-2.test.tokens.txt"));
        var report = WikiTextTask.of(text, GPT2, 1024, 32).report(ScoringTask.Totals.none());
        assertThat(report.tokenRatio())
                .isEqualTo((GPT2.encode(WikiTextDetokenizer.detokenize(text)).length - 1.0) / 245_565);
    }

    @Test
    void shouldTakeTheLastWordOrTheLastToken() {
        List<String> lines = List.of("{\"text\": \"He said unbelievably Zyxwv\"}", "", "{\"text\": \"a cat \"}");
        var words = LambadaTask.of(lines, GPT2, 16, LambadaTask.Target.WORD);
        assertThat(words.numWindows()).isEqualTo(2);
        int[] into = new int[words.sequenceLength() + 1];
        words.tokens(0, into, 0);
        int[] context = GPT2.encode("He said unbelievably");
        int[] label = GPT2.encode(" Zyxwv");
        assertThat(into).startsWith(context);
        assertThat(words.scored(0)).isEqualTo(new ScoredWindow(context.length - 1, context.length - 1 + label.length));
        words.tokens(1, into, 0);
        assertThat(into).startsWith(GPT2.encode("a cat")).endsWith(GPT2.endOfDocument());
        assertThat(words.scored(1)).isEqualTo(new ScoredWindow(0, 1));

        var tokens = LambadaTask.of(lines, GPT2, 16, LambadaTask.Target.TOKEN);
        assertThat(tokens.scored(0).numTargets()).isEqualTo(1);
        into = new int[tokens.sequenceLength() + 1];
        tokens.tokens(1, into, 0);
        assertThat(into).startsWith(GPT2.encode("a cat "));
        assertThat(tokens.report(new ScoringTask.Totals(0, 2, 1, 2)).accuracy()).isEqualTo(0.5);
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"text\": 1}', no text",
        "'[]', no JSON object",
        "'{\"text\": \"word\"}', no word with another",
        "'{\"text\": \"\"}', no word with another",
        "'{\"text\": \"a b c d e f g h i j k l\"}', fit into 8",
        "'{\"text\": \"a cat', up to column 16",
        "'{\"text\": \"a cat\"', no JSON object up to",
        "'{\"text\": \"a cat\"} x', no JSON object up to",
        "'{\"text\": \"a cat\"} {}', more behind"
    })
    void shouldNameTheLineThatIsNoExample(String line, String fault) {
        List<String> lines = List.of("{\"text\": \"a cat\"}", line);
        assertThatThrownBy(() -> LambadaTask.of(lines, GPT2, 8, LambadaTask.Target.WORD))
                .hasMessageStartingWith("line 2: ")
                .hasMessageContaining(fault);
    }

    @Test
    void shouldReadAllOfLambada() throws IOException {
        List<String> lines = Files.readAllLines(SharedFixtures.require("data/eval/lambada_test.jsonl"));
        var task = LambadaTask.of(lines, GPT2, 1024, LambadaTask.Target.WORD);
        assertThat(task.numWindows()).isEqualTo(5153);
        assertThat(task.sequenceLength()).isLessThan(1024 / 4);
    }
}
