package io.stagecraft.stages.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.TokenChoice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Oracle: a model that gives the sum of a text's last two tokens plus one, modulo 10, and Megatron-LM's rules
/// by hand.
class SampledBatchTest {
    private static final GenerationMethod.Sampling GREEDY =
            new GenerationMethod.Sampling(SamplingSettings.greedy(), TopPDecay.none());

    @Test
    void shouldStartBehindTheShortestPromptAndLetLongerOnesGiveTheirTokens() {
        TokenGeneration batch = request(List.of(List.of(1), List.of(1, 1, 1)), 2, 20, StopRule.never())
                .start();
        Phase.Generate first = batch.next();
        assertThat(first.tokens()).isEqualTo(List.of(List.of(1), List.of(1)));
        assertThat(draw(first).given()).containsExactly(TokenChoice.Draw.DRAWN, 1);
        List<GeneratedText> texts = run(batch);
        // both reach the longest prompt and two more
        assertThat(texts.get(0).tokens()).containsExactly(1, 2, 4, 7, 2);
        assertThat(texts.get(1).tokens()).containsExactly(1, 1, 1, 3, 5);
        assertThat(texts.get(1).generated()).containsExactly(3, 5);
    }

    @Test
    void shouldEndWhenEveryTextHasEndedAndCutEachAtItsEnd() {
        // 1 2 4 7 2 0 3 4; 5 6 2 9 2 2 5 8: the first ends at 7, the second at 9, both inclusive
        var stop = new StopRule(java.util.Set.of(7, 9), StopRule.NONE);
        List<GeneratedText> texts =
                run(request(List.of(List.of(1), List.of(5)), 7, 20, stop).start());
        assertThat(texts.get(0).tokens()).containsExactly(1, 2, 4, 7);
        assertThat(texts.get(1).tokens()).containsExactly(5, 6, 2, 9);
    }

    @Test
    void shouldEndAtAPairOfTheSameToken() {
        List<GeneratedText> texts = run(request(List.of(List.of(9)), 9, 20, new StopRule(java.util.Set.of(), 1))
                .start());
        // 9 0 0 1 2: no pair of 1, so the whole length
        assertThat(texts.getFirst().tokens()).hasSize(10);
        List<GeneratedText> other = run(request(List.of(List.of(9)), 9, 20, new StopRule(java.util.Set.of(), 0))
                .start());
        assertThat(other.getFirst().tokens()).containsExactly(9, 0, 0);
    }

    @Test
    void shouldReadTheLastPositionsAnewBeyondTheModelsLength() {
        TokenGeneration batch =
                request(List.of(List.of(1, 2)), 4, 3, StopRule.never()).start();
        var phases = new ArrayList<Phase.Generate>();
        while (!batch.isDone()) {
            phases.add(batch.next());
            batch.accept(answer(phases.getLast(), List.of(List.of(1, 2, 4, 7, 2, 0))));
        }
        assertThat(phases.stream().map(Phase.Generate::firstPosition)).containsExactly(0, 2, 0, 0);
        assertThat(phases.get(2).tokens()).isEqualTo(List.of(List.of(2, 4, 7)));
        assertThat(draw(phases.get(3)).position()).isEqualTo(5);
    }

    @Test
    void shouldTellALogProbabilityOfEveryTokenButTheFirst() {
        var request = new GenerationRequest(
                List.of(List.of(1, 2), List.of(3, 4, 5)),
                3,
                20,
                0,
                GREEDY,
                StopRule.never(),
                TokenChoice.Report.LOG_PROBABILITIES);
        for (GeneratedText text : run(request.start())) {
            assertThat(text.logProbabilities()).hasSize(text.tokens().size() - 1);
            for (int i = 1; i < text.tokens().size(); i++) {
                assertThat(text.logProbabilities().get(i - 1)).isEqualTo(-i);
            }
        }
    }

    @Test
    void shouldScoreThePromptsOnly() {
        var request = new GenerationRequest(
                List.of(List.of(1, 2), List.of(3, 4, 5)),
                0,
                20,
                0,
                GREEDY,
                StopRule.never(),
                TokenChoice.Report.LOG_PROBABILITIES);
        List<GeneratedText> texts = run(request.start());
        assertThat(texts.get(0).tokens()).containsExactly(1, 2);
        assertThat(texts.get(0).logProbabilities()).containsExactly(-1.0);
        assertThat(texts.get(1).logProbabilities()).containsExactly(-1.0, -2.0);
    }

    @Test
    void shouldShrinkTheNucleusDownToItsBound() {
        var method = new GenerationMethod.Sampling(new SamplingSettings(1, 0, 0.8, 3), new TopPDecay(0.5, 0.3));
        TokenGeneration batch = new GenerationRequest(
                        List.of(List.of(1)), 3, 20, 0, method, StopRule.never(), TokenChoice.Report.TOKENS)
                .start();
        var shares = new ArrayList<Double>();
        while (!batch.isDone()) {
            Phase.Generate phase = batch.next();
            shares.add(draw(phase).sampling().topP());
            batch.accept(answer(phase, List.of(List.of(1, 1, 1, 1))));
        }
        assertThat(shares.get(0)).isEqualTo(0.8);
        assertThat(shares.get(1)).isCloseTo(0.4, within(1e-15));
        assertThat(shares.get(2)).isEqualTo(0.3);
    }

    /// 0.5 to the power of 1100 is below the smallest double.
    @Test
    void shouldNotOpenTheWholeVocabularyWhenTheNucleusHasShrunkToNothing() {
        var decay = new TopPDecay(0.5, 0);
        double topP = 1;
        for (int i = 0; i < 1100; i++) {
            topP = decay.after(topP);
        }
        assertThat(topP).isPositive();
    }

    private static TokenChoice.Draw draw(Phase.Generate phase) {
        return (TokenChoice.Draw) phase.choice();
    }

    private static GenerationRequest request(List<List<Integer>> prompts, int num, int longest, StopRule stop) {
        return new GenerationRequest(prompts, num, longest, 0, GREEDY, stop, TokenChoice.Report.TOKENS);
    }

    /// Plays the model, which remembers what it was fed.
    private static List<GeneratedText> run(TokenGeneration batch) {
        var texts = new ArrayList<List<Integer>>();
        while (!batch.isDone()) {
            Phase.Generate phase = batch.next();
            for (int i = 0; i < phase.tokens().size(); i++) {
                if (texts.size() <= i) {
                    texts.add(new ArrayList<>());
                }
                assertThat(phase.firstPosition()).isEqualTo(texts.get(i).size());
                texts.get(i).addAll(phase.tokens().get(i));
            }
            var whole = new ArrayList<List<Integer>>();
            for (int i = 0; i < texts.size(); i++) {
                var text = new ArrayList<>(texts.get(i));
                int given = draw(phase).given().get(i);
                int before = text.size() > 1 ? text.get(text.size() - 2) : 0;
                text.add(given == TokenChoice.Draw.DRAWN ? (text.getLast() + before + 1) % 10 : given);
                whole.add(text);
            }
            batch.accept(answer(phase, whole));
        }
        return batch.texts();
    }

    /// The tokens of `texts` behind the phase; the log-probability of the one at position `i` is `-i`.
    private static PhaseResult.Generated answer(Phase.Generate phase, List<List<Integer>> texts) {
        int position = (int) draw(phase).position();
        var tokens = texts.stream().map(text -> List.of(text.get(position))).toList();
        if (draw(phase).report() == TokenChoice.Report.TOKENS) {
            return new PhaseResult.Generated(tokens, List.of());
        }
        var logProbabilities = new ArrayList<List<Double>>();
        for (List<Integer> fed : phase.tokens()) {
            var told = new ArrayList<Double>();
            for (int i = 0; i < fed.size(); i++) {
                told.add((double) -(phase.firstPosition() + i + 1));
            }
            logProbabilities.add(told);
        }
        return new PhaseResult.Generated(tokens, logProbabilities);
    }
}
