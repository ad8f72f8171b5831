package io.stagecraft.stages.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.TokenChoice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Oracle: all texts of a model of four tokens, one by one.
class BeamSearchTest {
    private static final int END = 3;
    private static final int NUM_TOKENS = 4;

    /// Probability of a token behind another; the last ends a text.
    private static final double[][] NEXT = {
        {0.10, 0.45, 0.25, 0.20},
        {0.35, 0.05, 0.50, 0.10},
        {0.20, 0.30, 0.10, 0.40},
    };

    private record Text(List<Integer> tokens, double logProbability) {}

    /// Wide enough to keep every text. Without a penalty a longer text is never better than its beginning, so the
    /// search may end when it has enough.
    @Test
    void shouldFindTheMostLikelyTextWhenNothingIsLeftOut() {
        List<Text> all = new ArrayList<>();
        extend(new Text(List.of(0), 0), all);
        all.sort(Comparator.comparingDouble(Text::logProbability).reversed());
        List<GeneratedText> found = search(100, 0);
        for (int i = 0; i < 10; i++) {
            assertThat(found.get(i).tokens()).isEqualTo(all.get(i).tokens());
            assertThat(found.get(i).score()).isCloseTo(all.get(i).logProbability(), within(1e-12));
        }
    }

    /// By hand: the candidates of token 0 are 1 (0.45), 2 (0.25), end (0.20) and 0 (0.10); of two beams the end is
    /// the third and does not count. Then from 1: 2 (0.225), 0 (0.1575), and from 2: end (0.1), 1 (0.075).
    @Test
    void shouldKeepEndsAmongTheBestOnly() {
        var search = new BeamSearch(request(), new GenerationMethod.Beam(2, 1));
        assertThat(search.next().tokens()).isEqualTo(List.of(List.of(0), List.of(0)));
        search.accept(answer(search.next()));
        assertThat(search.texts()).isEmpty();
        Phase.Generate second = search.next();
        assertThat(second.origins()).containsExactly(0, 0);
        assertThat(second.tokens()).isEqualTo(List.of(List.of(1), List.of(2)));
        assertThat(second.firstPosition()).isEqualTo(1);
        search.accept(answer(second));
        Phase.Generate third = search.next();
        assertThat(third.origins()).containsExactly(0, 0);
        assertThat(third.tokens()).isEqualTo(List.of(List.of(2), List.of(0)));
    }

    @Test
    void shouldPreferLongTextsWithALargerPenalty() {
        int shorter = search(3, 0).getFirst().tokens().size();
        int longer = search(3, 3).getFirst().tokens().size();
        assertThat(longer).isGreaterThan(shorter);
    }

    /// Behind token 1 the tokens 0 and 2 are the most likely, with 0.35 and 0.50, and both end a text.
    @Test
    void shouldKeepAllBeamsOpenHoweverManyTokensEndAText() {
        var request = new GenerationRequest(
                List.of(List.of(1)),
                NUM_TOKENS,
                9,
                0,
                new GenerationMethod.Beam(1, 1),
                new StopRule(Set.of(0, 2, END), StopRule.NONE),
                TokenChoice.Report.TOKENS);
        TokenGeneration search = request.start();
        search.accept(answer(search.next()));
        assertThat(search.isDone()).isTrue(); // 2 is better than what could follow
        assertThat(search.texts())
                .singleElement()
                .satisfies(text -> assertThat(text.tokens()).containsExactly(1, 2));
        TokenGeneration wide =
                request(3, new StopRule(Set.of(0, 2, END), StopRule.NONE)).start();
        wide.accept(answer(wide.next()));
        // one of the four tokens ends nothing
        assertThat(wide.next().tokens()).isEqualTo(List.of(List.of(1)));
    }

    @Test
    void shouldEndABeamAtAPairOfTheSameToken() {
        List<GeneratedText> texts =
                finished(request(100, new StopRule(Set.of(END), 2)).start());
        assertThat(texts.stream().map(GeneratedText::tokens))
                .anySatisfy(tokens -> assertThat(tokens).hasSizeLessThan(5).endsWith(2, 2));
    }

    @Test
    void shouldEndWhenNoTextIsOpen() {
        TokenGeneration search =
                request(4, new StopRule(Set.of(0, 1, 2, END), StopRule.NONE)).start();
        search.accept(answer(search.next()));
        assertThat(search.isDone()).isTrue();
        assertThat(search.texts()).hasSize(4);
    }

    @Test
    void shouldTakeOnePromptThatFitsWithItsContinuation() {
        var method = new GenerationMethod.Beam(2, 1);
        assertThatThrownBy(() -> new GenerationRequest(
                        List.of(List.of(0), List.of(1)), 3, 9, 0, method, StopRule.never(), TokenChoice.Report.TOKENS))
                .hasMessageContaining("there are 2 of 1 tokens");
        assertThatThrownBy(() -> new GenerationRequest(
                        List.of(List.of(0)), 9, 9, 0, method, StopRule.never(), TokenChoice.Report.TOKENS))
                .hasMessageContaining("9 positions");
    }

    private static void extend(Text text, List<Text> all) {
        for (int token = 0; token < 4; token++) {
            var tokens = new ArrayList<>(text.tokens());
            tokens.add(token);
            var longer = new Text(
                    tokens, text.logProbability() + Math.log(NEXT[text.tokens().getLast()][token]));
            if (token == END || tokens.size() == 1 + NUM_TOKENS) {
                all.add(longer);
            } else {
                extend(longer, all);
            }
        }
    }

    private static GenerationRequest request() {
        return request(2, StopRule.at(END));
    }

    private static GenerationRequest request(int width, StopRule stop) {
        return new GenerationRequest(
                List.of(List.of(0)),
                NUM_TOKENS,
                9,
                0,
                new GenerationMethod.Beam(width, 1),
                stop,
                TokenChoice.Report.TOKENS);
    }

    private static List<GeneratedText> search(int width, double penalty) {
        return finished(new BeamSearch(request(), new GenerationMethod.Beam(width, penalty)));
    }

    private static List<GeneratedText> finished(TokenGeneration search) {
        while (!search.isDone()) {
            search.accept(answer(search.next()));
        }
        return search.texts();
    }

    private static PhaseResult.Generated answer(Phase.Generate phase) {
        var tokens = new ArrayList<List<Integer>>();
        var logProbabilities = new ArrayList<List<Double>>();
        for (List<Integer> sequence : phase.tokens()) {
            double[] row = NEXT[sequence.getLast()];
            List<Integer> best = IntStream.range(0, 4)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer token) -> -row[token]))
                    .toList();
            tokens.add(best);
            logProbabilities.add(
                    best.stream().map(token -> Math.log(row[token])).toList());
        }
        return new PhaseResult.Generated(tokens, logProbabilities);
    }
}
