package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.config.Breach;
import io.stagecraft.actors.telemetry.Screen;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Arguments in, calls of [Runs], output and exit code out.
class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private RecordingRuns runs = new RecordingRuns(ExitCode.DONE);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void shouldTrainWithOverrides() {
        assertThat(execute("train", "train.train-iters=7", "run.name=mine")).isZero();
        assertThat(runs.calls()).containsExactly("train");
        assertThat(runs.last().config().settings().train().trainIters()).isEqualTo(7);
    }

    @Test
    void shouldTakeTheProjectsFileFromItsHome() throws IOException {
        Path home = Files.createDirectories(folder.resolve("a home"));
        Files.writeString(home.resolve("application.conf"), "stagecraft.train.train-iters = 8");
        execute("--home", home.toString(), "train");
        assertThat(runs.last().config().settings().train().trainIters()).isEqualTo(8);
    }

    @Test
    void shouldPreferANamedFileToTheProjects() throws IOException {
        Files.writeString(folder.resolve("application.conf"), "stagecraft.train.train-iters = 8");
        Files.writeString(folder.resolve("my own.conf"), "stagecraft.train.log-interval = 9");
        execute("train", "--config", "my own.conf");
        assertThat(runs.last().config().settings().train().trainIters()).isEqualTo(600);
        assertThat(runs.last().config().settings().train().logInterval()).isEqualTo(9);
    }

    @Test
    void shouldPassTheExitCodeOfARunOn() {
        runs = new RecordingRuns(ExitCode.FAILED);
        assertThat(execute("train")).isEqualTo(ExitCode.FAILED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a kind of ", "@home", "${x} \"quoted\"", "a=b # c", ""})
    void shouldTakeThePromptAsItStands(String prompt) {
        execute("generate", "--prompt", prompt);
        assertThat(runs.last().config().settings().generate().prompt()).isEqualTo(prompt);
    }

    @Test
    void shouldResolveTheCheckpointAgainstTheWorkingDirectory() {
        execute("generate", "--checkpoint", "here", "generate.num-tokens=3");
        assertThat(runs.calls()).containsExactly("generate " + folder.resolve("here"));
    }

    @Test
    void shouldEvaluateTheRunsOwnCheckpointWithoutAnother() {
        execute("evaluate", "run.name=mine");
        assertThat(runs.calls()).containsExactly("evaluate " + folder.resolve("runs/mine/checkpoints"));
    }

    @Test
    void shouldStartNothingOnABadConfiguration() {
        assertThat(execute("train", "train.train-itres=7", "model.gelu=x")).isEqualTo(ExitCode.REFUSED);
        assertThat(runs.calls()).isEmpty();
        assertThat(err.toString()).contains("2 faults").contains("did you mean train.train-iters?");
    }

    @Test
    void shouldStartNothingWhenThePlanDoesNotFit() {
        runs = new RecordingRuns(ExitCode.DONE, new Breach(List.of("model.hidden-size"), "needs 3 TiB of memory", ""));
        assertThat(execute("train")).isEqualTo(ExitCode.REFUSED);
        assertThat(runs.calls()).isEmpty();
        assertThat(err.toString()).contains("model.hidden-size = 128").contains("needs 3 TiB of memory");
    }

    @Test
    void shouldSuggestTheCommandThatWasMeant() {
        assertThat(execute("trian")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("trian").contains("Did you mean: stagecraft train");
    }

    @Test
    void shouldSayThatSettingsHaveNoDashes() {
        assertThat(execute("train", "--data.text=my.txt")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("without dashes, as data.text=my.txt");
    }

    @Test
    void shouldAskForACommandWhenThereIsNone() {
        assertThat(execute()).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("Usage: stagecraft");
    }

    @Test
    void shouldDocumentCommandsAndExitCodes() {
        assertThat(execute("--help")).isZero();
        assertThat(out.toString()).contains("train", "generate", "evaluate", "config", "130   stopped by Ctrl-C");
    }

    @Test
    void shouldShowHelpOfACommand() {
        assertThat(execute("train", "--help")).isZero();
        assertThat(out.toString()).contains("[key=value...]", "--config=FILE");
    }

    @Test
    void shouldShowVersions() {
        assertThat(execute("--version")).isZero();
        assertThat(out.toString()).contains("stagecraft ", "JVM ");
    }

    @Test
    void shouldShowEachSettingWithItsPlace() throws IOException {
        Files.writeString(folder.resolve("application.conf"), "stagecraft {\n  train.train-iters = 8\n}");
        assertThat(execute("config", "show", "run.name=mine")).isZero();
        assertThat(out.toString().lines().toList())
                .startsWith("stagecraft {")
                .anyMatch(line -> line.matches("  run.name +\\= \"mine\" +# command line"))
                .anyMatch(line -> line.matches("  train.train-iters +\\= 8 +# application.conf:2"))
                .anyMatch(line -> line.matches("  run.directory +\\= \"runs/mine\" +# reference.conf:\\d+"))
                .anyMatch(line -> line.matches("  model.gelu +\\= \"tanh\" +# reference.conf:\\d+"))
                .endsWith("}");
    }

    @Test
    void shouldShowOnlyWhatDiffers() {
        execute("config", "show", "--diff", "train.train-iters=8");
        assertThat(out.toString().lines().toList())
                .containsExactly("stagecraft {", "  train.train-iters = 8  # command line, default 600", "}");
    }

    @Test
    void shouldKnowAScreenOnlyFromTheLauncher() {
        execute("train");
        assertThat(runs.last().screen()).isEqualTo(Screen.plain());
        execute("--terminal", "120", "train");
        assertThat(runs.last().screen()).isEqualTo(new Screen(Screen.Mode.COLOUR, 120));
        execute("--no-color", "--terminal", "120", "train");
        assertThat(runs.last().screen()).isEqualTo(new Screen(Screen.Mode.TERMINAL, 120));
    }

    private int execute(String... args) {
        return Main.execute(args, runs, new PrintWriter(out, true), new PrintWriter(err, true), folder);
    }
}
