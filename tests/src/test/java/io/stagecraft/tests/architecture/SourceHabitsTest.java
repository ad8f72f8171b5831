package io.stagecraft.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Habits that are visible in the text of the sources only.
final class SourceHabitsTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final List<String> MODULES = List.of("transport", "model", "stages", "actors", "tests");
    private static final int LONGEST_FILE = 400;

    @Test
    void shouldKeepFilesSmall() throws IOException {
        var tooLong = new ArrayList<String>();
        for (Path source : sources("main", "test")) {
            long lines = Files.readAllLines(source).size();
            if (lines > LONGEST_FILE) {
                tooLong.add(ROOT.relativize(source) + " has " + lines + " lines");
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void shouldNeitherReturnNorTestForNull() throws IOException {
        assertThat(linesOfMainMatching("return null;|[=!]= null\\b")).isEmpty();
    }

    @Test
    void shouldLetTheCompilerProveThatEveryMessageIsHandled() throws IOException {
        var offenders = new ArrayList<String>();
        for (Path source : sources("main")) {
            String text = Files.readString(source);
            if (text.contains("extends AbstractOnMessageBehavior") && text.contains("default ->")) {
                offenders.add(ROOT.relativize(source).toString());
            }
        }
        assertThat(offenders).isEmpty();
    }

    @Test
    void shouldKeepCommentsWholeWhereTheFormatterRanOverThem() throws IOException {
        var offenders = new ArrayList<String>();
        for (Path source : sources("main", "test")) {
            List<String> lines = Files.readAllLines(source);
            for (int i = 1; i < lines.size(); i++) {
                if (lines.get(i).strip().startsWith("// ")
                        && lines.get(i - 1).strip().startsWith("///")) {
                    offenders.add(ROOT.relativize(source) + ":" + (i + 1));
                }
            }
        }
        assertThat(offenders).isEmpty();
    }

    @Test
    void shouldDeclareEveryPackageNullMarked() throws IOException {
        var offenders = new ArrayList<String>();
        for (Path source : sources("main")) {
            Path info = source.resolveSibling("package-info.java");
            if (!Files.exists(info) || !Files.readString(info).contains("@NullMarked")) {
                offenders.add(ROOT.relativize(source).toString());
            }
        }
        assertThat(offenders).isEmpty();
    }

    private static List<String> linesOfMainMatching(String regex) throws IOException {
        Pattern pattern = Pattern.compile(regex);
        var found = new ArrayList<String>();
        for (Path source : sources("main")) {
            List<String> lines = Files.readAllLines(source);
            for (int i = 0; i < lines.size(); i++) {
                String code = lines.get(i).strip();
                if (!code.startsWith("//") && pattern.matcher(code).find()) {
                    found.add(ROOT.relativize(source) + ":" + (i + 1) + ": " + code);
                }
            }
        }
        return found;
    }

    private static List<Path> sources(String... kinds) throws IOException {
        var found = new ArrayList<Path>();
        for (String module : MODULES) {
            for (String kind : kinds) {
                Path folder = ROOT.resolve(module).resolve("src").resolve(kind).resolve("java");
                if (Files.isDirectory(folder)) {
                    try (Stream<Path> files = Files.walk(folder)) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
                    }
                }
            }
        }
        return found;
    }
}
