package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Generation over layouts. Oracle: the same text at once on one rank.
class GenerationRunTest {
    private static final List<List<Integer>> PROMPTS = List.of(List.of(3, 5, 7), List.of(9, 11, 13), List.of(1, 2, 3));
    private static final int NUM_TOKENS = 6;

    /// Double sums in another order: logits differ by about 1e-15, and no draw is that close to a border.
    @Test
    void shouldDrawTheSameTokensAtEveryLayout() {
        List<List<Integer>> one = drawn(1, 1);
        assertThat(one).hasSize(NUM_TOKENS);
        assertThat(one.stream().distinct().count()).isGreaterThan(1);
        for (int[] layout : new int[][] {{2, 1}, {1, 3}, {4, 2}}) {
            assertThat(drawn(layout[0], layout[1])).as(Arrays.toString(layout)).isEqualTo(one);
        }
    }

    @Test
    void shouldGiveTheLogProbabilitiesOfTheWholeTokenByToken() {
        try (TestRun run = run(2, 2)) {
            List<List<Integer>> text = List.of(List.of(3, 5, 7, 9, 11), List.of(4, 6, 8, 10, 12));
            var given = new TokenChoice.Draw(
                    SamplingSettings.greedy(),
                    5,
                    List.of(13, 14),
                    TokenChoice.Report.LOG_PROBABILITIES,
                    TokenChoice.Forbidden.NOTHING);
            PhaseResult.Generated whole = generated(run, new Phase.Generate(text, 0, given));
            assertThat(whole.tokens()).isEqualTo(List.of(List.of(13), List.of(14)));
            var steps = new ArrayList<List<Double>>();
            for (int i = 0; i < 5; i++) {
                int at = i;
                var next = new TokenChoice.Draw(
                        SamplingSettings.greedy(),
                        at + 1,
                        at < 4 ? List.of(text.get(0).get(at + 1), text.get(1).get(at + 1)) : List.of(13, 14),
                        TokenChoice.Report.LOG_PROBABILITIES,
                        TokenChoice.Forbidden.NOTHING);
                var tokens = text.stream().map(row -> List.of(row.get(at))).toList();
                steps.add(generated(run, new Phase.Generate(tokens, at, next)).logProbabilities().stream()
                        .map(List::getFirst)
                        .toList());
            }
            for (int sequence = 0; sequence < 2; sequence++) {
                for (int i = 0; i < 5; i++) {
                    // rows are added alike at once and one by one
                    assertThat(steps.get(i).get(sequence))
                            .isEqualTo(whole.logProbabilities().get(sequence).get(i));
                }
            }
        }
    }

    @Test
    void shouldGiveTheBestTokensAsADistribution() {
        try (TestRun run = run(4, 1)) {
            PhaseResult.Generated best = generated(
                    run, new Phase.Generate(PROMPTS, 0, new TokenChoice.Best(29, TokenChoice.Forbidden.NOTHING)));
            for (List<Double> logProbabilities : best.logProbabilities()) {
                assertThat(logProbabilities).hasSize(29).isSortedAccordingTo((a, b) -> Double.compare(b, a));
                // three rows of padding have the rest, as untrained as the others
                assertThat(logProbabilities.stream().mapToDouble(Math::exp).sum())
                        .isCloseTo(29.0 / 32, within(0.05));
            }
        }
    }

    /// Of the prompts only the first ends with 7.
    @Test
    void shouldNotChooseWhatIsForbiddenBehindAToken() {
        try (TestRun run = run(2, 2)) {
            var free = draw(List.of(-1, -1, -1), TokenChoice.Forbidden.NOTHING);
            PhaseResult.Generated first = generated(run, new Phase.Generate(PROMPTS, 0, free));
            int chosen = first.tokens().getFirst().getFirst();
            var forbidden = new TokenChoice.Forbidden(7, chosen);
            PhaseResult.Generated other =
                    generated(run, new Phase.Generate(PROMPTS, 0, draw(List.of(-1, -1, -1), forbidden)));
            assertThat(other.tokens().getFirst().getFirst()).isNotEqualTo(chosen);
            assertThat(other.tokens().subList(1, 3)).isEqualTo(first.tokens().subList(1, 3));
            PhaseResult.Generated given =
                    generated(run, new Phase.Generate(PROMPTS, 0, draw(List.of(chosen, -1, -1), forbidden)));
            assertThat(given).isEqualTo(first);
            PhaseResult.Generated beams =
                    generated(run, new Phase.Generate(PROMPTS, 0, new TokenChoice.Best(28, forbidden)));
            assertThat(beams.tokens().getFirst()).doesNotContain(chosen);
        }
    }

    /// A model of 29 tokens is padded to 32.
    @Test
    void shouldAnswerAsManyOfTheBestAsThereAreTokens() {
        try (TestRun run = run(1, 1)) {
            var all = new TokenChoice.Best(40, TokenChoice.Forbidden.NOTHING);
            assertThat(generated(run, new Phase.Generate(PROMPTS, 0, all)).tokens())
                    .allSatisfy(tokens -> assertThat(tokens).hasSize(29));
        }
    }

    /// A beam that goes on from another: its next token is the one that follows the other's text.
    @Test
    void shouldGoOnFromTheOriginsOfTheSequences() {
        try (TestRun run = run(2, 3)) {
            var best = new TokenChoice.Best(5, TokenChoice.Forbidden.NOTHING);
            generated(run, new Phase.Generate(PROMPTS, 0, best));
            var swapped = new Phase.Generate(List.of(2, 0, 0), List.of(List.of(4), List.of(4), List.of(8)), 3, best);
            PhaseResult.Generated gotOn = generated(run, swapped);
            List<List<Integer>> texts = List.of(List.of(1, 2, 3, 4), List.of(3, 5, 7, 4), List.of(3, 5, 7, 8));
            assertThat(gotOn).isEqualTo(generated(run, new Phase.Generate(texts, 0, best)));
        }
    }

    @Test
    void shouldNeedNeitherGradientsNorMomentsForInference() {
        RankSpec training = spec(2, 2);
        RankSpec inference = training.with(RankPurpose.generation(3, 10));
        try (var backend = new ScalarBackend(DType.FLOAT32)) {
            StageMemory more = StageMemory.measure(training, backend);
            StageMemory less = StageMemory.measure(inference, backend);
            assertThat(less.parameters().weightBytes())
                    .isEqualTo(more.parameters().weightBytes());
            assertThat(less.parameters().gradientBytes()).isZero();
            assertThat(less.parameters().momentBytes()).isZero();
            // 2 of 3 layers, 3 sequences and one layer to reorder in, keys and values of 2 heads of 4, 10 positions
            assertThat(less.cacheBytes()).isEqualTo((2 + 1) * 3 * 2 * 2 * 4 * 10 * 4L);
        }
    }

    @Test
    void shouldRefuseToTrainWhatWasOpenedForInference() {
        RankSpec spec = spec(1, 1).with(RankPurpose.evaluation());
        try (var run = new TestRun(spec, GenerationRunTest::backend, TinyModel.counting())) {
            assertThatThrownBy(() -> run.phase(new Phase.TrainStep(1, 0))).hasMessageContaining("opened for INFERENCE");
        }
    }

    @Test
    void shouldRefuseWhatTheCacheHasNoRoomFor() {
        try (TestRun run = run(1, 1)) {
            assertThatThrownBy(() -> run.phase(
                            new Phase.Generate(PROMPTS, 8, new TokenChoice.Best(1, TokenChoice.Forbidden.NOTHING))))
                    .hasMessageContaining("up to position 10")
                    .hasMessageContaining("from position 8 to 11");
        }
    }

    @Test
    void shouldCutABatchIntoMicrobatchesOfAtMost512Rows() {
        assertThat(RankPurpose.sequencesAtOnce(4, 127)).isEqualTo(4); // 508 rows
        assertThat(RankPurpose.sequencesAtOnce(4, 128)).isEqualTo(4); // 512 / 128
        assertThat(RankPurpose.sequencesAtOnce(8, 128)).isEqualTo(4);
        assertThat(RankPurpose.sequencesAtOnce(3, 1000)).isEqualTo(1);
    }

    private static List<List<Integer>> drawn(int tensor, int pipeline) {
        var sampling = new SamplingSettings(1.5, 0, 0.9, 42);
        try (TestRun run = run(tensor, pipeline)) {
            var columns = new ArrayList<List<Integer>>();
            List<List<Integer>> next = PROMPTS;
            int position = 0;
            for (int i = 0; i < NUM_TOKENS; i++) {
                int from = position;
                position += next.getFirst().size();
                var draw = new TokenChoice.Draw(
                        sampling,
                        position,
                        List.of(-1, -1, -1),
                        TokenChoice.Report.TOKENS,
                        TokenChoice.Forbidden.NOTHING);
                var phase = new Phase.Generate(next, from, draw);
                next = generated(run, phase).tokens();
                columns.add(next.stream().map(List::getFirst).toList());
            }
            return columns;
        }
    }

    private static TokenChoice.Draw draw(List<Integer> given, TokenChoice.Forbidden forbidden) {
        return new TokenChoice.Draw(
                SamplingSettings.greedy(), 3, given, TokenChoice.Report.LOG_PROBABILITIES, forbidden);
    }

    private static PhaseResult.Generated generated(TestRun run, Phase.Generate phase) {
        return (PhaseResult.Generated) run.lastStages(run.phase(phase)).getFirst();
    }

    /// Random weights: a rank for inference loads them.
    private static TestRun run(int tensor, int pipeline) {
        var purpose = new RankPurpose(RankPurpose.Use.TRAINING, 3, 10);
        return new TestRun(spec(tensor, pipeline).with(purpose), GenerationRunTest::backend, TinyModel.counting());
    }

    private static ScalarBackend backend() {
        return new ScalarBackend(DType.FLOAT64);
    }

    private static RankSpec spec(int tensor, int pipeline) {
        return TinyModel.spec(
                TinyModel.config(3), new ParallelTopology(tensor, pipeline, 1), new OneForwardOneBackwardSchedule());
    }
}
