package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.SharedFixtures;
import io.stagecraft.model.checkpoint.pickle.TorchFile;
import io.stagecraft.model.data.NpyFile;
import io.stagecraft.model.data.NpyFormatException;
import io.stagecraft.model.data.NpyShape;
import io.stagecraft.model.data.NpyType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that are malformed on purpose, written by `make_hostile.py`: 38 must be refused, the rest are
/// valid and must do nothing. Oracle: which is which follows from each format's definition.
final class HostileFilesTest {
    private static final Set<String> VALID = Set.of(
            "ok-minimal.safetensors",
            "name-path-traversal.safetensors", // a name is only a name
            "nan-payload.safetensors",
            "zero-sized.safetensors");

    private static final long MOST_BYTES = 64L << 20;
    private static final long MOST_NANOS = 5_000_000_000L;

    @TempDir
    Path folder;

    private List<Path> generate() throws IOException, InterruptedException {
        Path script = SharedFixtures.require("data/fixtures/make_hostile.py");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "there is no /usr/bin/python3 to write the files");
        Path target = folder.resolve("inner/hostile");
        Process process = new ProcessBuilder("/usr/bin/python3", script.toString(), target.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        assertThat(process.waitFor()).as("make_hostile.py").isZero();
        Files.delete(folder.resolve("log"));
        try (Stream<Path> files = Files.list(target)) {
            return files.sorted().toList();
        }
    }

    private static void open(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".pt")) {
            TorchFile.open(file).close();
        } else if (name.endsWith(".npy")) {
            try (Arena arena = Arena.ofConfined()) {
                NpyFile.map(file, NpyShape.of(NpyType.INT32, 100), arena);
            }
        } else {
            SafetensorsFile.open(file).close();
        }
    }

    private record Outcome(String name, Throwable error, long bytes, long nanos) {}

    /// Bytes allocated on the heap bound what it can have held.
    private static Outcome measured(Path file) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        Throwable error = catchThrowable(() -> open(file));
        return new Outcome(
                file.getFileName().toString(),
                error,
                threads.getCurrentThreadAllocatedBytes() - bytes,
                System.nanoTime() - start);
    }

    private List<Outcome> outcomes() throws IOException, InterruptedException {
        var outcomes = new ArrayList<Outcome>();
        for (Path file : generate()) {
            outcomes.add(measured(file));
        }
        assertThat(outcomes).hasSize(42);
        return outcomes;
    }

    @Test
    void shouldRefuseTheMalformedWithATypedErrorAndLoadTheValid() throws IOException, InterruptedException {
        for (Outcome outcome : outcomes()) {
            if (VALID.contains(outcome.name())) {
                assertThat(outcome.error()).as(outcome.name()).isNull();
                continue;
            }
            assertThat(outcome.error())
                    .as(outcome.name())
                    .isInstanceOfAny(CheckpointFormatException.class, NpyFormatException.class)
                    .hasMessageContaining(outcome.name())
                    .hasMessageMatching("(?s).*\\(byte \\d+\\).*");
        }
    }

    @Test
    void shouldStayWithinFiveSecondsAndSixtyFourMegabytes() throws IOException, InterruptedException {
        for (Outcome outcome : outcomes()) {
            assertThat(outcome.bytes()).as(outcome.name()).isLessThan(MOST_BYTES);
            assertThat(outcome.nanos()).as(outcome.name()).isLessThan(MOST_NANOS);
        }
    }

    @Test
    void shouldWriteNothingAnywhere() throws IOException, InterruptedException {
        List<Path> files = generate();
        List<Path> before = everything();
        files.forEach(HostileFilesTest::measured);
        assertThat(everything()).isEqualTo(before);
        assertThat(folder.resolve("inner/hostile/canary")).doesNotExist();
    }

    private List<Path> everything() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.sorted().toList();
        }
    }
}
