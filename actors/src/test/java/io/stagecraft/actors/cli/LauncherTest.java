package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher script, as far as it goes without a build.
class LauncherTest {
    private static final Path LAUNCHER =
            Path.of("..", "stagecraft").toAbsolutePath().normalize();

    @TempDir
    private Path folder = Path.of("");

    @Test
    void shouldRefuseAnotherPlatformInOneSentence() throws Exception {
        Path uname =
                Files.writeString(folder.resolve("uname"), "#!/bin/sh\n[ \"$1\" = -s ] && echo Darwin || echo arm64\n");
        assertThat(uname.toFile().setExecutable(true)).isTrue();
        Ended ended = run(folder + ":/usr/bin:/bin", LAUNCHER.toString(), "train");
        assertThat(ended).isEqualTo(new Ended(2, "Stagecraft runs on Linux x86-64 only; this is Darwin arm64.\n"));
    }

    @Test
    void shouldBeAScriptThatAPlainShellReads() throws Exception {
        assertThat(run("/usr/bin:/bin", "sh", "-n", LAUNCHER.toString())).isEqualTo(new Ended(0, ""));
    }

    private record Ended(int exitCode, String output) {}

    private Ended run(String path, String... command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
        builder.environment().put("PATH", path);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }
}
