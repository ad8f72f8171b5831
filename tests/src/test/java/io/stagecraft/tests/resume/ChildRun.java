package io.stagecraft.tests.resume;

import io.stagecraft.actors.cli.Main;
import io.stagecraft.stages.topology.ParallelTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// `stagecraft train` of a tiny model in a JVM of its own, which may be killed: the same command in the same
/// folder each time.
///
/// @param folder of the run
/// @param topology the layout
/// @param numSteps of the run
/// @param interval steps between checkpoints
/// @param arithmetic what computes
record ChildRun(Path folder, ParallelTopology topology, int numSteps, int interval, Arithmetic arithmetic) {
    /// What computes.
    enum Arithmetic {
        /// Plain loops, which a JVM that lives for a second runs best.
        SCALAR("scalar", "-XX:TieredStopAtLevel=1"),
        /// What users train with.
        CPU("cpu", "-XX:+TieredCompilation");

        private final String backend;
        private final String compiler;

        Arithmetic(String backend, String compiler) {
            this.backend = backend;
            this.compiler = compiler;
        }
    }

    private static final Path BLAS_HOME = Path.of("target", "child-home").toAbsolutePath();
    private static final Path LOGGING =
            Path.of("..", "actors", "src", "main", "launcher", "logback.xml").toAbsolutePath();
    private static final long PATIENCE_SECONDS = 300;

    /// Runs the command with `more` settings to its end; the exit code.
    int run(String... more) throws IOException, InterruptedException {
        Process process = start(more);
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the run did not end; its output is in " + output());
            }
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    /// Starts the command with `more` settings; the caller ends it.
    Process start(String... more) throws IOException {
        Files.createDirectories(folder);
        Files.createDirectories(BLAS_HOME);
        var command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx256m",
                arithmetic.compiler,
                "-XX:+UseSerialGC",
                "-Dlogback.configurationFile=" + LOGGING,
                "--add-modules=jdk.incubator.vector",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Duser.home=" + BLAS_HOME,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train",
                "--config",
                config().toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output().toFile()))
                .start();
    }

    /// What all starts printed.
    Path output() {
        return folder.resolve("output.txt");
    }

    /// What all starts recorded.
    RunRecords records() throws IOException {
        return RunRecords.read(metrics());
    }

    /// Starts the command and kills it, once `numRecords` more lines are recorded and `moreMillis` have passed;
    /// whether it was alive then.
    boolean kill(long numRecords, long moreMillis) throws IOException, InterruptedException {
        long wanted = numRecords() + numRecords;
        Process process = start();
        try {
            while (process.isAlive() && numRecords() < wanted) {
                process.waitFor(1, TimeUnit.MILLISECONDS);
            }
            return !process.waitFor(moreMillis, TimeUnit.MILLISECONDS);
        } finally {
            // SIGKILL on Linux.
            process.destroyForcibly().waitFor();
        }
    }

    /// The lines of records that are there now.
    long numRecords() throws IOException {
        if (!Files.exists(metrics())) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(metrics())) {
            return lines.count();
        }
    }

    /// SHA-256 of weights and moments of the checkpoint after the last step, by file, as saved.
    TreeMap<String, String> finalTensors() throws IOException {
        Path last = folder.resolve("checkpoints").resolve("step-%08d".formatted(numSteps));
        var sums = new TreeMap<String, String>();
        for (String line : Files.readAllLines(last.resolve("SHA256SUMS"))) {
            String[] parts = line.split(" +");
            if (parts[1].endsWith(".safetensors")) {
                sums.put(parts[1], parts[0]);
            }
        }
        return sums;
    }

    private Path metrics() {
        return folder.resolve("metrics.jsonl");
    }

    private Path config() throws IOException {
        Path text = folder.resolve("text.txt");
        if (!Files.exists(text)) {
            Files.writeString(text, "the cat sat on the mat and the dog lay on the log; ".repeat(60));
        }
        return Files.writeString(folder.resolve("run.conf"), """
                stagecraft {
                  run { name = child, directory = "%s" }
                  data { text = "%s", sequence-length = 16, validation-fraction = 0.2, min-character-count = 1 }
                  model {
                    num-layers = 2, hidden-size = 16, num-attention-heads = 2, max-position-embeddings = 16
                    make-vocab-size-divisible-by = 8
                  }
                  parallel { tensor-size = %d, pipeline-size = %d, data-size = %d }
                  train {
                    train-iters = %d, micro-batch-size = 2, global-batch-size = 8, log-interval = 5
                    eval-interval = 3, eval-samples = 4, eval-order = continuing
                  }
                  backend { type = %s }
                  transport { directory = "%s", term-length-bytes = 64 KiB }
                  checkpoint { interval = %d, keep = 2 }
                  generate { prompt = "the ", num-tokens = 8 }
                }
                """.formatted(
                        folder,
                        text,
                        topology.tensorSize(),
                        topology.pipelineSize(),
                        topology.dataSize(),
                        numSteps,
                        arithmetic.backend,
                        folder.resolve("aeron"),
                        interval));
    }
}
