package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.data.IndexedDataset;
import io.stagecraft.model.evaluation.ScoredWindow;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.SharedFixtures;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Scores of windows. Oracles: the loss head that training uses, and an independent PyTorch GPT-2.
class ScoreRunTest {
    private static final int LENGTH = 8;
    private static final int NUM_WINDOWS = 8;
    /// The recorded numbers are float32 with seven digits; a loss is about 1.
    private static final double TOLERANCE = 1e-5;

    @TempDir
    private Path folder;

    private static TestRun run(ParallelTopology topology) {
        RankSpec spec = TinyModel.spec(TinyModel.config(4), topology, new OneForwardOneBackwardSchedule());
        return new TestRun(spec, () -> new ScalarBackend(DType.FLOAT32), TinyModel.counting());
    }

    private static List<WindowScore> score(TestRun run, long first, List<ScoredWindow> windows) {
        var byWindow = new TreeMap<Long, WindowScore>();
        for (PhaseResult result : run.lastStages(run.phase(new Phase.Score(first, windows)))) {
            ((PhaseResult.Scored) result).windows().forEach(score -> byWindow.put(score.window(), score));
        }
        return List.copyOf(byWindow.values());
    }

    private static List<ScoredWindow> whole(int num) {
        var windows = new ArrayList<ScoredWindow>();
        for (int i = 0; i < num; i++) {
            windows.add(new ScoredWindow(0, LENGTH));
        }
        return windows;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 1, 1", "1, 2, 1", "1, 1, 2", "2, 2, 1", "4, 2, 2"})
    void shouldAddUpToTheLossOfTheHeadAtEveryLayout(int tensor, int pipeline, int data) {
        try (TestRun run = run(new ParallelTopology(tensor, pipeline, data))) {
            run.train(3, 0.01);
            double expected = 0;
            for (PhaseResult result : run.lastStages(run.phase(new Phase.Evaluate(0, 3, NUM_WINDOWS)))) {
                expected += ((PhaseResult.Evaluated) result).lossSum();
            }
            List<WindowScore> scores = score(run, 3, whole(NUM_WINDOWS));
            assertThat(scores).extracting(WindowScore::window).containsExactly(3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
            // 64 losses of about 3, each with the rounding of float32
            assertThat(scores.stream().mapToDouble(WindowScore::loss).sum()).isCloseTo(expected, within(64 * 1e-6));
        }
    }

    @Test
    void shouldScoreOnlyTheTargetsThatCount() {
        try (TestRun run = run(new ParallelTopology(1, 1, 1))) {
            WindowScore all = score(run, 0, whole(2)).getFirst();
            List<WindowScore> some = score(run, 0, List.of(new ScoredWindow(2, 5), ScoredWindow.none()));
            assertThat(some).hasSize(1);
            assertThat(some.getFirst().logProbabilities())
                    .isEqualTo(all.logProbabilities().subList(2, 5));
        }
    }

    @Test
    void shouldRefuseWindowsThatDoNotFillABatchOrAreTooLong() {
        try (TestRun run = run(new ParallelTopology(1, 1, 1))) {
            assertThatThrownBy(() -> run.phase(new Phase.Score(0, whole(1)))).hasMessageContaining("multiple");
        }
        try (TestRun run = run(new ParallelTopology(1, 1, 1))) {
            var tooLong = new ScoredWindow(0, LENGTH + 1);
            assertThatThrownBy(() -> run.phase(new Phase.Score(0, List.of(tooLong, tooLong))))
                    .hasMessageContaining("8 positions");
        }
    }

    private Path trainedModel() throws IOException {
        Path model = Files.createDirectories(folder.resolve("trained"));
        Files.copy(SharedFixtures.require("golden/hf_gpt2_oracle/config.json"), model.resolve("config.json"));
        Files.copy(
                SharedFixtures.require("golden/hf_gpt2_oracle/trained_model.safetensors"),
                model.resolve("model.safetensors"));
        return model;
    }

    private static JsonNode oracle(String key) throws IOException {
        return new ObjectMapper()
                .readTree(SharedFixtures.require("golden/hf_gpt2_oracle/oracle.json")
                        .toFile())
                .get(key);
    }

    /// Runs with the oracle's weights; windows have `length` positions.
    private TestRun oracleRun(int length, TokenSamples windows, ParallelTopology topology) throws IOException {
        Path path = trainedModel();
        GptConfig model;
        try (ModelSource source = ModelSources.open(path)) {
            model = source.model();
        }
        var spec = new RankSpec(
                model,
                topology,
                new RankCoordinate(0, 0, 0),
                new OneForwardOneBackwardSchedule(),
                1,
                1,
                length,
                1,
                AdamConfig.defaults());
        var run = new TestRun(spec, () -> new ScalarBackend(DType.FLOAT32), windows);
        run.phase(new Phase.Load(path));
        return run;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 3"})
    void shouldFindTheRecordedLossOfWindows(int tensor, int pipeline) throws IOException {
        JsonNode expected = oracle("window_nll_with_trained_model").get("mean_nll_per_window");
        int[] text = new int[40 * 64];
        try (IndexedDataset dataset =
                IndexedDataset.open(SharedFixtures.require("golden/data/gpt_text_document.bin"))) {
            int at = 0;
            for (long item = 0; at < text.length; item++) {
                int num = Math.min(text.length - at, dataset.length(item));
                dataset.copy(item, 0, num, text, at);
                at += num;
            }
        }
        // A window of 64 tokens has 63 inputs with targets.
        TokenSamples windows = (window, into, offset) -> System.arraycopy(text, (int) window * 64, into, offset, 64);
        try (TestRun run = oracleRun(63, windows, new ParallelTopology(tensor, pipeline, 1))) {
            int num = tensor == 1 ? 40 : 4;
            var scored = new ArrayList<ScoredWindow>();
            for (int i = 0; i < num; i++) {
                scored.add(new ScoredWindow(0, 63));
            }
            List<WindowScore> scores = score(run, 0, scored);
            assertThat(scores).hasSize(num);
            for (int i = 0; i < num; i++) {
                assertThat(scores.get(i).loss() / 63).isCloseTo(expected.get(i).asDouble(), within(TOLERANCE));
            }
        }
    }

    @Test
    void shouldFindTheRecordedLogProbabilitiesOfLastWords() throws IOException {
        JsonNode cases = oracle("lambada_style_with_trained_model");
        List<int[]> texts = new ArrayList<>();
        var scored = new ArrayList<ScoredWindow>();
        for (JsonNode it : cases) {
            int context = it.get("context_ids").size();
            int targets = it.get("target_ids").size();
            int first = Math.max(0, context + targets - 64); // the oracle fed the last 64 tokens
            int[] text = new int[65];
            Arrays.fill(text, 999);
            for (int i = first; i < context + targets; i++) {
                text[i - first] = (i < context
                                ? it.get("context_ids").get(i)
                                : it.get("target_ids").get(i - context))
                        .intValue();
            }
            texts.add(text);
            scored.add(new ScoredWindow(context - first - 1, context - first - 1 + targets));
        }
        TokenSamples windows = (window, into, offset) -> System.arraycopy(texts.get((int) window), 0, into, offset, 65);
        try (TestRun run = oracleRun(64, windows, new ParallelTopology(2, 1, 1))) {
            List<WindowScore> scores = score(run, 0, scored);
            for (int i = 0; i < cases.size(); i++) {
                JsonNode expected = cases.get(i).get("token_logprobs");
                for (int target = 0; target < expected.size(); target++) {
                    assertThat(scores.get(i).logProbabilities().get(target))
                            .isCloseTo(expected.get(target).asDouble(), within(TOLERANCE));
                }
                assertThat(scores.get(i).isCorrect())
                        .isEqualTo(cases.get(i).get("greedy_correct").asBoolean());
            }
        }
    }
}
