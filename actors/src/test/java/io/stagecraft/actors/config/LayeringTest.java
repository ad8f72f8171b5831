package io.stagecraft.actors.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Command line over file over defaults, and where a value says it came from.
class LayeringTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void shouldPreferTheCommandLineToTheFileAndTheFileToTheDefaults() throws IOException {
        write("stagecraft.train { train-iters = 7, log-interval = 3 }");
        TrainConfig train = settings("train.train-iters=9").train();
        assertThat(List.of(train.trainIters(), train.logInterval(), train.microBatchSize()))
                .containsExactly(9, 3, 4);
    }

    @Test
    void shouldTakeTheLaterOfTwoOverrides() throws IOException {
        write("");
        assertThat(settings("train.train-iters=9", "stagecraft.train.train-iters=8")
                        .train()
                        .trainIters())
                .isEqualTo(8);
    }

    @Test
    void shouldTakeAGroupAsHocon() throws IOException {
        write("");
        TrainConfig train = settings("train={train-iters: 5, log-interval: 2}").train();
        assertThat(List.of(train.trainIters(), train.logInterval())).containsExactly(5, 2);
    }

    @Test
    void shouldFollowIncludesOfARelativeFile() throws IOException {
        Files.writeString(folder.resolve("base.conf"), "stagecraft.train.train-iters = 11");
        write("include \"base.conf\"");
        assertThat(settings().train().trainIters()).isEqualTo(11);
    }

    /// None of these is valid HOCON as it stands, or means something else there.
    @ParameterizedTest
    @ValueSource(strings = {"my.txt", "my file.txt", "a#b.txt", "{x}.txt", "a,b=c.txt", "what?.txt", "a//b.txt"})
    void shouldTakeAPathAsItStands(String name) throws IOException {
        write("");
        assertThat(settings("data.text=" + name).data().text())
                .isEqualTo(folder.resolve(name).normalize().toString());
    }

    @Test
    void shouldKeepAnAbsolutePath() throws IOException {
        write("");
        assertThat(settings("data.text=/tmp/my file.txt").data().text()).isEqualTo("/tmp/my file.txt");
    }

    @Test
    void shouldTakeQuotesOffText() throws IOException {
        write("");
        assertThat(settings("generate.prompt=\"a  b\"").generate().prompt()).isEqualTo("a  b");
    }

    @Test
    void shouldMoveTheRunsFilesWithItsDirectory() throws IOException {
        write("");
        assertThat(settings("run.directory=elsewhere").checkpoint().directory())
                .isEqualTo(folder.resolve("elsewhere/checkpoints"));
    }

    @Test
    void shouldWorkOutDerivedSizes() throws IOException {
        write("stagecraft { model { hidden-size = 64, ffn-hidden-size = 0 }, train { train-iters = 50 } }");
        StagecraftConfig config = settings();
        assertThat(config.model().ffnHiddenSize()).isEqualTo(256);
        // 50 steps of 16 samples; 10 % of them.
        assertThat(config.optimizer().decaySamples()).isEqualTo(800);
        assertThat(config.optimizer().warmupSamples()).isEqualTo(80);
    }

    @Test
    void shouldRoundEvaluationsUpToWholeMicrobatches() throws IOException {
        write("");
        assertThat(settings("train.eval-samples=9", "train.micro-batch-size=4", "parallel.data-size=2")
                        .train()
                        .evalSamples())
                .isEqualTo(16);
    }

    @Test
    void shouldSayFileAndLineOfEachValue() throws IOException {
        write("\n\nstagecraft.train.train-iters = 7\n");
        List<ConfigLine> lines = accepted("train.log-interval=2").lines();
        assertThat(place(lines, "train.train-iters")).isEqualTo("my.conf:3");
        assertThat(place(lines, "train.log-interval")).isEqualTo("command line");
        assertThat(place(lines, "train.micro-batch-size")).matches("reference\\.conf:\\d+");
    }

    @Test
    void shouldSayFileAndLineOfAFault() throws IOException {
        write("stagecraft {\n  train.train-iters = many\n}");
        assertThat(refused().getFirst().where()).isEqualTo("my.conf:2");
    }

    @Test
    void shouldSayFileAndLineOfBrokenHocon() throws IOException {
        write("stagecraft {\n  train = [\n}");
        ConfigFault fault = refused().getFirst();
        assertThat(fault.where()).startsWith("my.conf:");
        assertThat(fault.rule()).startsWith("cannot be read as HOCON");
    }

    @Test
    void shouldSayThatASubstitutionHasNoTarget() throws IOException {
        write("stagecraft.run.name = ${nowhere}");
        assertThat(refused().getFirst().where()).isEqualTo("my.conf:1");
    }

    @Test
    void shouldRefuseAnotherRoot() throws IOException {
        write("train { train-iters = 7 }");
        assertThat(refused().getFirst().nearest()).isEqualTo("did you mean stagecraft.train?");
    }

    @Test
    void shouldRefuseAFileThatIsNotThere() {
        assertThat(refused().getFirst().key()).isEqualTo("--config");
    }

    @Test
    void shouldHandAkkaItsSettings() throws IOException {
        write("akka.loglevel = DEBUG");
        assertThat(accepted().actorSystem().getString("akka.loglevel")).isEqualTo("DEBUG");
        assertThat(accepted().actorSystem().getString("akka.actor.provider")).isEqualTo("local");
        assertThat(accepted().actorSystem().getString("stagecraft.compute-dispatcher.type"))
                .isEqualTo("PinnedDispatcher");
    }

    private void write(String text) throws IOException {
        Files.writeString(folder.resolve("my.conf"), text);
    }

    private StagecraftConfig settings(String... arguments) {
        return accepted(arguments).settings();
    }

    private EffectiveConfig accepted(String... arguments) {
        return ((ConfigOutcome.Accepted) read(arguments)).config();
    }

    private List<ConfigFault> refused() {
        return ((ConfigOutcome.Refused) read()).faults();
    }

    private ConfigOutcome read(String... arguments) {
        return new TrainConfigReader()
                .read(new ConfigRequest(
                        folder, Path.of("my.conf"), ConfigRequest.Presence.REQUIRED, List.of(arguments)));
    }

    private static String place(List<ConfigLine> lines, String key) {
        return lines.stream()
                .filter(line -> line.key().equals(key))
                .findFirst()
                .orElseThrow()
                .place();
    }
}
