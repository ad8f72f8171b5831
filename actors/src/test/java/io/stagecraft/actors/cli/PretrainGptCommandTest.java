package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.config.ConfigOutcome;
import io.stagecraft.actors.config.ConfigRequest;
import io.stagecraft.actors.config.TrainConfigReader;
import io.stagecraft.actors.megatron.MegatronArguments;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A command line of Megatron-LM in, calls of [Runs], output and exit code out.
class PretrainGptCommandTest {
    private static final String LEAST = "--num-layers 4 --hidden-size 48 --num-attention-heads 4 --seq-length 64"
            + " --max-position-embeddings 64 --micro-batch-size 2 --train-iters 20 --lr 0.001 --data-path some/data";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final RecordingRuns runs = new RecordingRuns(ExitCode.DONE);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void shouldTrainWithWhatTheArgumentsMean() {
        assertThat(execute("pretrain-gpt", LEAST + " --seed=5")).isZero();
        assertThat(runs.calls()).containsExactly("train");
        assertThat(runs.last().config().settings().run().seed()).isEqualTo(5);
    }

    @Test
    void shouldTakeNothingFromTheProjectsFile() throws IOException {
        Files.writeString(folder.resolve("application.conf"), "stagecraft.run.seed = 8");
        execute("pretrain-gpt", LEAST);
        assertThat(runs.last().config().settings().run().seed()).isEqualTo(1234);
    }

    @Test
    void shouldLetASettingOfItsOwnWin() {
        execute("pretrain-gpt", LEAST + " --set transport.channel=udp");
        assertThat(runs.last().config().settings().transport().channel()).hasToString("UDP");
    }

    @Test
    void shouldSayAllFaultsAtOnceAndStartNothing() {
        int code = execute("pretrain-gpt", LEAST + " --fp16 --lrr 3 --num-attention-heads 5 --split 1,x");
        assertThat(code).isEqualTo(ExitCode.REFUSED);
        assertThat(runs.calls()).isEmpty();
        assertThat(err.toString())
                .contains("--fp16", "--lrr", "(--hidden-size 48)", "(--split 1,x)", "did you mean --lr?");
    }

    @Test
    void shouldSayWhatHasNoEffect() {
        execute("pretrain-gpt", LEAST + " --distributed-backend nccl");
        assertThat(err.toString()).contains("--distributed-backend has no effect");
    }

    @Test
    void shouldPrintSettingsThatGiveTheSameRun() throws IOException {
        execute("pretrain-gpt", LEAST);
        assertThat(execute("pretrain-gpt", "--show-config " + LEAST)).isZero();
        Path printed = Files.writeString(folder.resolve("printed.conf"), out.toString());
        var request = new ConfigRequest(folder, printed, ConfigRequest.Presence.REQUIRED, List.of());
        var outcome = (ConfigOutcome.Accepted) new TrainConfigReader().read(request);
        assertThat(outcome.config().settings()).isEqualTo(runs.last().config().settings());
    }

    @Test
    void shouldShowTheSettingsOfACommandLine() {
        assertThat(execute("config", "show --megatron -- " + LEAST)).isZero();
        assertThat(out.toString()).contains("optimizer.beta2").containsPattern("model.hidden-size += 48");
    }

    @Test
    void shouldListEveryArgumentInItsHelp() {
        assertThat(execute("pretrain-gpt", "--help")).isZero();
        List<String> lines = out.toString().lines().map(String::strip).toList();
        for (String name : MegatronArguments.read().names()) {
            assertThat(lines).as(name).anyMatch(line -> line.startsWith(name + " "));
        }
    }

    private int execute(String command, String words) {
        var arguments = new ArrayList<String>();
        arguments.add(command);
        arguments.addAll(Arrays.asList(words.split(" ")));
        return Main.execute(
                arguments.toArray(String[]::new), runs, new PrintWriter(out, true), new PrintWriter(err, true), folder);
    }
}
