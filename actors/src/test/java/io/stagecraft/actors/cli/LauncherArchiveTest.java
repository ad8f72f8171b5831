package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher script and its archive of classes, in a checkout with blanks in its path whose build and
/// whose JVM are scripts that note what they are told.
class LauncherArchiveTest {
    private static final String MVNW = """
            #!/bin/sh
            t="$(dirname "$0")/actors/target"
            mkdir -p "$t/lib"
            touch "$t/stagecraft-actors-1.jar" "$t/lib/a.jar" "$t/jvm.options"
            """;
    private static final String JAVA = """
            #!/bin/sh
            for a in "$@"; do
              case "$a" in
              -XX:ArchiveClassesAtExit=*)
                echo archive >>"$NOTES"
                [ ! -e "$NOTES.broken" ] || exit 1
                echo classes >"${a#*=}"
                ;;
              -XX:SharedArchiveFile=*) [ ! -s "${a#*=}" ] || echo fast >>"$NOTES" ;;
              -Xshare:auto) echo slow >>"$NOTES" ;;
              esac
            done
            """;

    @TempDir
    private Path folder = Path.of("");

    private Path home = folder;
    private Path notes = folder;

    @BeforeEach
    void makeCheckout() throws IOException {
        home = Files.createDirectory(folder.resolve("a checkout"));
        notes = folder.resolve("notes");
        Path root = Path.of("..").toAbsolutePath().normalize();
        Files.createDirectory(home.resolve(".mvn"));
        Files.copy(root.resolve(".mvn/jdk25.sh"), home.resolve(".mvn/jdk25.sh"));
        script(home.resolve("stagecraft"), Files.readString(root.resolve("stagecraft")));
        script(home.resolve("mvnw"), MVNW);
        Files.createFile(home.resolve("pom.xml"));
        for (String module : List.of("transport", "model", "stages", "actors")) {
            Files.createDirectories(home.resolve(module).resolve("src/main"));
            Files.createFile(home.resolve(module).resolve("pom.xml"));
        }
        Path jdk = Files.createDirectories(folder.resolve("jdk/bin")).getParent();
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25\"\n");
        script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
        script(jdk.resolve("bin/java"), JAVA);
    }

    @Test
    void shouldMakeAnArchiveOnceAndStartFromIt() throws Exception {
        start();
        start();
        assertThat(notes).hasContent("archive\nfast\nfast");
    }

    @Test
    void shouldMakeAnotherArchiveForOtherJars() throws Exception {
        start();
        Files.writeString(home.resolve("actors/target/lib/a.jar"), "another");
        start();
        assertThat(notes).hasContent("archive\nfast\narchive\nfast");
    }

    @Test
    void shouldMakeAnotherArchiveForAnotherJvm() throws Exception {
        start();
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"26\"\n");
        start();
        assertThat(notes).hasContent("archive\nfast\narchive\nfast");
    }

    @Test
    void shouldStartWithoutAnArchiveThatCannotBeMadeAndNotTryAgain() throws Exception {
        Files.createFile(folder.resolve("notes.broken"));
        start();
        start();
        assertThat(notes).hasContent("archive\nslow\nslow");
    }

    @Test
    void shouldLeaveNothingOfAnArchiveThatWasNotFinished() throws Exception {
        Path target = Files.createDirectories(home.resolve("actors/target"));
        Files.writeString(target.resolve("classes-1-2-.jsa.77"), "half");
        start();
        try (var files = Files.list(target)) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("classes-")))
                    .hasSize(1);
        }
    }

    private void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private void start() throws IOException, InterruptedException {
        var builder = new ProcessBuilder(home.resolve("stagecraft").toString(), "train").redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        builder.environment().put("NOTES", notes.toString());
        Process process = builder.directory(folder.toFile()).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
