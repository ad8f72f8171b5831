package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `evaluate wikitext103`, `wikitext2` and `lambada` as a user types them.
final class BenchmarkCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final RecordingRuns runs = new RecordingRuns(ExitCode.DONE);

    @TempDir
    private Path folder = Path.of("");

    private int execute(String... args) {
        return Main.execute(args, runs, new PrintWriter(out), new PrintWriter(err), folder);
    }

    @Test
    void shouldMeasurePerplexityWithMegatronsOverlap() {
        assertThat(execute("evaluate", "wikitext103", "--path", "wiki.txt", "--checkpoint", "m"))
                .isZero();
        assertThat(runs.calls().getFirst())
                .startsWith("score ")
                .contains("WIKITEXT103", "overlap=0", folder.resolve("wiki.txt").toString(), "tokenizer=[]");
    }

    @Test
    void shouldTakeLessThanOneTargetAWindowForOneAsMegatronDoes() {
        execute("evaluate", "wikitext2", "--path", "wiki.txt", "--overlapping-eval", "0");
        execute("evaluate", "wikitext2", "--path", "wiki.txt", "--overlapping-eval", "64");
        assertThat(runs.calls().get(0)).contains("overlap=1]");
        assertThat(runs.calls().get(1)).contains("overlap=64]");
    }

    @Test
    void shouldTakeTheLastWordOnRequest() {
        execute("evaluate", "lambada", "--path", "l.jsonl", "train.micro-batch-size=4", "train.global-batch-size=4");
        execute("evaluate", "lambada", "--strict-lambada", "--path", "l.jsonl", "--tokenizer-type", "GPT2BPETokenizer");
        assertThat(runs.calls().get(0)).contains("target=TOKEN");
        assertThat(runs.calls().get(1)).contains("target=WORD", "BuiltInGpt2Bpe");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void shouldStillEvaluateHeldBackText() {
        assertThat(execute("evaluate", "--checkpoint", "m")).isZero();
        assertThat(runs.calls().getFirst()).startsWith("evaluate ");
    }

    @Test
    void shouldRefuseFilesOfATokenizerWithoutItsType() {
        assertThat(execute("evaluate", "wikitext2", "--path", "wiki.txt", "--vocab-file", "vocab.json"))
                .isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("--tokenizer-type");
    }

    @Test
    void shouldRefuseABenchmarkWithoutAText() {
        assertThat(execute("evaluate", "wikitext2")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("--path");
    }
}
