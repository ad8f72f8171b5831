package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.train.GenerationWishes;
import io.stagecraft.actors.train.GenerationWishes.Ending;
import io.stagecraft.actors.train.GenerationWishes.Method;
import io.stagecraft.actors.train.GenerationWishes.Property;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.TokenChoice;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Arguments of a generation in, what it is to be out.
class GenerateCommandTest {
    private final StringWriter err = new StringWriter();
    private final RecordingRuns runs = new RecordingRuns(ExitCode.DONE);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void shouldDrawUntilTheEndOfADocumentIfNothingElseIsSaid() {
        GenerationWishes wishes = wishes("--prompt", "a", "--prompt", "b");
        assertThat(wishes.prompts()).containsExactly("a", "b");
        assertThat(wishes.method()).isEqualTo(new Method.Draw(TopPDecay.none()));
        assertThat(wishes.ending()).isEqualTo(Ending.END_OF_DOCUMENT);
        assertThat(wishes.properties()).isEmpty();
        assertThat(wishes.report()).isEqualTo(TokenChoice.Report.TOKENS);
    }

    @Test
    void shouldTakeWhatMegatronsServerTakes() {
        GenerationWishes wishes = wishes(
                "--add-bos",
                "--no-newline-after-colon",
                "--stop",
                "double-eol",
                "--stop-token",
                "7",
                "--top-p-decay",
                "0.5",
                "--top-p-bound",
                "0.25",
                "--log-probabilities");
        assertThat(wishes.properties())
                .containsExactlyInAnyOrder(Property.BEGINS_A_DOCUMENT, Property.NO_NEWLINE_AFTER_COLON);
        assertThat(wishes.ending()).isEqualTo(Ending.DOUBLE_END_OF_LINE);
        assertThat(wishes.stopTokens()).containsExactly(7);
        assertThat(wishes.method()).isEqualTo(new Method.Draw(new TopPDecay(0.5, 0.25)));
        assertThat(wishes.report()).isEqualTo(TokenChoice.Report.LOG_PROBABILITIES);
    }

    @Test
    void shouldMeanTheMostLikelyTokenByGreedyWhateverTheFileSays() {
        wishes("--greedy", "generate.top-p=0.9");
        assertThat(runs.last().config().settings().generate().topK()).isEqualTo(1);
        assertThat(runs.last().config().settings().generate().topP()).isZero();
    }

    @Test
    void shouldSearchForBeams() {
        assertThat(wishes("--beam-width", "4", "--length-penalty", "0.8").method())
                .isEqualTo(new Method.Beam(4, 0.8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--beam-width=0 | --beam-width must be at least 1 but is 0",
                "--beam-width=-3 | --beam-width must be at least 1 but is -3",
                "--beam-width=x | 'x' is not an int",
                "--beam-width=2 --score | exclude each other",
                "--beam-width=2 --log-probabilities | not told of beams",
                "--beam-width=2 --greedy | --beam-width and --greedy exclude each other",
                "--stop=dot | eod, eol, double-eol or none but is dot",
                "--top-p-decay=1.5 | must be in [0, 1]",
                "--length-penalty=NaN | must be a number",
                "--vocab-file=v.json | must be given together",
                "--add-eos | --add-eos",
            })
    void shouldStartNothingOnAMistake(String arguments, String sentence) {
        String[] args = ("generate " + arguments).split(" ");
        assertThat(execute(args)).isEqualTo(ExitCode.REFUSED);
        assertThat(runs.calls()).isEmpty();
        assertThat(err.toString()).contains(sentence);
    }

    private GenerationWishes wishes(String... arguments) {
        String[] args = new String[arguments.length + 1];
        args[0] = "generate";
        System.arraycopy(arguments, 0, args, 1, arguments.length);
        assertThat(execute(args)).as(err.toString()).isZero();
        return runs.wishes();
    }

    private int execute(String... args) {
        return Main.execute(args, runs, new PrintWriter(new StringWriter()), new PrintWriter(err, true), folder);
    }
}
