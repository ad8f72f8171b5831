package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every command that takes a path meets malformed files, in a JVM with 64 MB of heap. Oracle: a malformed file is
/// refused with a sentence, nothing in it is obeyed, nothing is written, each within 5 seconds of work.
class HostileCommandsTest {
    private static final long MOST_MILLIS = 5000;
    private static final Set<HostilePlace> PICKLES = EnumSet.of(
            HostilePlace.CONVERT_FILE,
            HostilePlace.CONVERT_ZIP,
            HostilePlace.CONVERT_MEGATRON,
            HostilePlace.PRETRAIN,
            HostilePlace.CONVERT_BIN);
    private static final Set<HostilePlace> WEIGHTS = EnumSet.of(
            HostilePlace.CONVERT_SAFETENSORS,
            HostilePlace.GENERATE,
            HostilePlace.EVALUATE,
            HostilePlace.OWN_SHARD,
            HostilePlace.OWN_SHOW,
            HostilePlace.OWN_DIFF);
    /// Their exit code says that what they were asked to look at is damaged.
    private static final Set<HostilePlace> LOOKS =
            EnumSet.of(HostilePlace.DATA_SHOW, HostilePlace.DATA_VALIDATE, HostilePlace.PREPROCESS);
    /// A checkpoint of our own with these files is whole, though its tensors are no model's.
    private static final Set<HostilePlace> SHOWS = EnumSet.of(HostilePlace.OWN_SHOW, HostilePlace.OWN_DIFF);
    private static final Set<String> VALID = Set.of(
            "ok-minimal.safetensors",
            "name-path-traversal.safetensors", // a name is only a name
            "nan-payload.safetensors",
            "zero-sized.safetensors");
    /// Of the places that are no format's own, a file meets every one in this many.
    private static final int SHARE_OF_OTHERS = 3;

    @TempDir
    private Path folder;

    private final List<CommandBatch.Order> orders = new ArrayList<>();
    private Path given;

    @BeforeEach
    void makeFolders() throws IOException {
        given = Files.createDirectories(folder.resolve("a").resolve("given"));
        Files.createDirectories(folder.resolve("batch"));
    }

    private void order(String name, HostilePlace place, byte[] content) throws IOException {
        Path own = given.resolve(place + "--" + name);
        orders.add(place.lay(Files.createDirectories(own), content));
    }

    private static HostilePlace place(CommandBatch.Ending ending) {
        String name = ending.order().folder().getFileName().toString();
        return HostilePlace.valueOf(name.substring(0, name.indexOf("--")));
    }

    private static int expectedCode(CommandBatch.Ending ending) {
        HostilePlace place = place(ending);
        String folder = ending.order().folder().getFileName().toString();
        boolean isShown = SHOWS.contains(place) && VALID.contains(folder.substring(folder.indexOf("--") + 2));
        return isShown ? ExitCode.DONE : LOOKS.contains(place) ? ExitCode.FAILED : ExitCode.REFUSED;
    }

    private List<String> everything() throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(path -> !path.startsWith(folder.resolve("batch")))
                    .map(path -> path + " "
                            + (Files.isDirectory(path) ? 0 : path.toFile().length()))
                    .sorted()
                    .toList();
        }
    }

    private void shouldAllBeRefused() throws IOException, InterruptedException {
        List<String> before = everything();
        List<CommandBatch.Ending> endings = CommandBatch.run(folder.resolve("batch"), orders);
        for (CommandBatch.Ending ending : endings) {
            HostilePlace place = place(ending);
            String name = ending.order().folder().getFileName() + ": " + ending.text();
            int expected = expectedCode(ending);
            assertThat(ending.exitCode()).as(name).isEqualTo(expected);
            assertThat(ending.text())
                    .as(name)
                    .doesNotContainPattern("(?m)^\\s+at [\\w.$/]+\\(")
                    .isNotBlank()
                    .hasSizeLessThan(10_000);
            assertThat(ending.cpuMillis()).as(name).isLessThan(MOST_MILLIS);
            if (expected != ExitCode.DONE && (PICKLES.contains(place) || WEIGHTS.contains(place))) {
                assertThat(ending.text()).as(name).contains(given.toString()).containsPattern("\\(byte \\d+\\): ");
            }
        }
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void shouldRefuseSmallFilesOfEveryKind() throws IOException, InterruptedException {
        for (HostileBytes.Case one : HostileBytes.all(given.resolve("canary"))) {
            order(one.name(), one.place(), one.content());
        }
        shouldAllBeRefused();
    }

    @Test
    void shouldRefuseEveryFileOfTheGenerator() throws IOException, InterruptedException {
        List<Path> files = generated();
        for (int i = 0; i < files.size(); i++) {
            for (HostilePlace place : places(files.get(i), i)) {
                order(files.get(i).getFileName().toString(), place, Files.readAllBytes(files.get(i)));
            }
        }
        shouldAllBeRefused();
    }

    /// Those of its format, and some of the others. An empty file of settings is none that is refused.
    private static Set<HostilePlace> places(Path file, int number) throws IOException {
        String name = file.getFileName().toString();
        Set<HostilePlace> places = EnumSet.noneOf(HostilePlace.class);
        if (name.endsWith(".pt")) {
            places.addAll(PICKLES);
        } else if (name.endsWith(".safetensors")) {
            places.addAll(WEIGHTS);
        }
        for (HostilePlace place : HostilePlace.values()) {
            boolean isOther = !PICKLES.contains(place) && !WEIGHTS.contains(place);
            boolean isAccepted = place == HostilePlace.SETTINGS && Files.size(file) == 0;
            if (isOther && !isAccepted && (place.ordinal() + number) % SHARE_OF_OTHERS == 0) {
                places.add(place);
            }
        }
        return places;
    }

    private List<Path> generated() throws IOException, InterruptedException {
        Path python = Path.of("/usr/bin/python3");
        assumeTrue(Files.isExecutable(python), "there is no /usr/bin/python3 to write the files");
        Path target = folder.resolve("generated");
        Process process = new ProcessBuilder(python.toString(), generator().toString(), target.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor()).as("make_hostile.py").isZero();
        try (Stream<Path> files = Files.list(target)) {
            return files.sorted().toList();
        }
    }

    private static Path generator() {
        Path folder = Path.of("").toAbsolutePath();
        Path script = Path.of("shared", "data", "fixtures", "make_hostile.py");
        while (folder.getParent() instanceof Path parent && !Files.exists(folder.resolve(script))) {
            folder = parent;
        }
        Path found = folder.resolve(script);
        assumeTrue(Files.exists(found), script + " is neither beside this checkout nor further up");
        return found;
    }
}
