package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.evaluation.LambadaTask;
import io.stagecraft.model.evaluation.ScoredWindow;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.GptBpeTokenizer;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.WindowScore;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A benchmark of ten examples; ranks answer that every third is right.
class ScoringTest {
    private static final int NUM_EXAMPLES = 10;
    private static final ParallelTopology TWO_REPLICAS = new ParallelTopology(1, 1, 2);

    private static RunJob.Score job() {
        GptBpeTokenizer tokenizer = GptBpeTokenizer.gpt2();
        var model = new GptConfig(
                1, 8, 1, 8, 50257, 50304, 32, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0, 0, 0.02);
        List<String> lines = IntStream.range(0, NUM_EXAMPLES)
                .mapToObj(i -> "{\"text\": \"a cat\"}")
                .toList();
        var task = LambadaTask.of(lines, tokenizer, 8, LambadaTask.Target.WORD);
        return new RunJob.Score(new SavedModel(Path.of("model"), 0, model, 8, tokenizer), "LAMBADA", task);
    }

    /// Replicas answer in turns, windows without a target not at all.
    private static List<PhaseResult> answer(Phase.Score phase) {
        var replicas = List.of(new ArrayList<WindowScore>(), new ArrayList<WindowScore>());
        for (int i = 0; i < phase.windows().size(); i++) {
            if (phase.windows().get(i).numTargets() > 0) {
                long window = phase.firstWindow() + i;
                replicas.get(i % 2).add(new WindowScore(window, List.of(-0.5), window % 3 == 0 ? 1 : 0));
            }
        }
        return List.of(new PhaseResult.Scored(replicas.get(1)), new PhaseResult.Scored(replicas.get(0)));
    }

    @Test
    void shouldCountEachWindowOnceThoughTheLastBatchIsFilled() {
        var scoring = new Scoring(job(), 2, TWO_REPLICAS);
        var done = new ArrayList<Long>();
        while (!scoring.isDone()) {
            Phase.Score phase = scoring.next();
            assertThat(phase.windows().size() % 4).isZero();
            done.add(scoring.accept(answer(phase)).windows());
        }
        assertThat(done).endsWith((long) NUM_EXAMPLES);
        // windows 0, 3, 6 and 9
        assertThat(scoring.event()).isEqualTo(new RunEvent.AccuracyMeasured("LAMBADA", 4, 10, 0.4));
    }

    @Test
    void shouldScoreNothingBehindTheLastWindow() {
        Phase.Score phase = new Scoring(job(), 2, TWO_REPLICAS).next();
        int filling = phase.windows().size() - NUM_EXAMPLES;
        assertThat(filling).isPositive();
        assertThat(phase.windows().subList(NUM_EXAMPLES, phase.windows().size()))
                .isEqualTo(Collections.nCopies(filling, ScoredWindow.none()));
    }

    @Test
    void shouldTellHowFarItIs() {
        var scoring = new Scoring(job(), 1, new ParallelTopology(1, 1, 1));
        RunEvent.WindowsScored first = scoring.accept(answer(scoring.next()));
        assertThat((double) first.windows() / first.total()).isCloseTo(0.4, within(1e-12));
    }
}
