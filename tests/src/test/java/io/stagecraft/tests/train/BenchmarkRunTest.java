package io.stagecraft.tests.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.actors.config.TransportSettings;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.actors.train.RunOutcome;
import io.stagecraft.actors.train.ScoreOrder;
import io.stagecraft.model.evaluation.LambadaTask;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model that a run trained is measured on a benchmark, at its own layout and at another one.
class BenchmarkRunTest {
    @TempDir
    private Path folder;

    private TinyRun run(ParallelTopology topology) {
        return new TinyRun(folder, topology, TransportSettings.Channel.IPC);
    }

    private TinyRun.Story score(ParallelTopology topology, ScoreOrder.Benchmark benchmark, Path text) throws Exception {
        TinyRun run = run(topology);
        var order = new ScoreOrder(benchmark, folder.resolve("checkpoints"), text, 0, List.of());
        return run.run(order.job(run.config()));
    }

    @Test
    void shouldGiveTheSamePerplexityAtEveryLayoutAndOverlapOfTheWholeWindow() throws Exception {
        run(new ParallelTopology(1, 1, 1)).run(new RunJob.Train());
        Path text = Files.writeString(folder.resolve("wiki.txt"), "the cat sat , on the mat . ".repeat(12));
        var benchmark = new ScoreOrder.Benchmark.WikiText("WIKITEXT2", 4);

        TinyRun.Story one = score(new ParallelTopology(1, 1, 1), benchmark, text);
        TinyRun.Story four = score(new ParallelTopology(2, 2, 1), benchmark, text);

        assertThat(one.outcome()).isInstanceOf(RunOutcome.Completed.class);
        RunEvent.PerplexityMeasured measured =
                one.of(RunEvent.PerplexityMeasured.class).getFirst();
        // A text of 28 letters that was trained for four steps: better than chance, not perfect.
        assertThat(measured.avgLoss()).isBetween(0.5, Math.log(28));
        assertThat(measured.numOriginalTokens()).isEqualTo(12 * 8);
        // Detokenized, "the cat sat, on the mat. " has 25 characters.
        assertThat(measured.numTokenizedTokens()).isEqualTo(12 * 25);
        assertThat(measured.ppl()).isCloseTo(Math.exp(measured.avgLoss()), within(1e-12));
        // 299 losses of about 3 in float32, whose sums are ordered otherwise at the other layout
        assertThat(four.of(RunEvent.PerplexityMeasured.class).getFirst().avgLoss())
                .isCloseTo(measured.avgLoss(), within(1e-5));
    }

    @Test
    void shouldMeasureTheAccuracyOfLastWords() throws Exception {
        run(new ParallelTopology(1, 1, 1)).run(new RunJob.Train());
        Path text = Files.writeString(folder.resolve("lambada.jsonl"), "{\"text\": \"the cat on\"}\n".repeat(5));

        TinyRun.Story story =
                score(new ParallelTopology(1, 2, 1), new ScoreOrder.Benchmark.Lambada(LambadaTask.Target.WORD), text);

        RunEvent.AccuracyMeasured measured =
                story.of(RunEvent.AccuracyMeasured.class).getFirst();
        assertThat(measured.totalExamples()).isEqualTo(5);
        // All five are the same text.
        assertThat(measured.numberCorrect()).isIn(0L, 5L);
        assertThat(story.of(RunEvent.WindowsScored.class)).isNotEmpty();
    }
}
