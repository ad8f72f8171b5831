package io.stagecraft.tests.benchmark;

import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.PendingCheckpoint;
import io.stagecraft.model.checkpoint.SafetensorsWriter;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.parallel.TensorPartition;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Saving and loading a checkpoint against `dd conv=fsync` and `cat` of as many bytes on the same
/// disk.
///
/// Arguments: a folder on the disk that is measured, millions of parameters (30), rounds (3). See
/// tests/benchmark/README.md.
public final class CheckpointBenchmark {
    private static final double NANOS = 1e9;
    private static final long SIDE = 1000;

    private final Path folder;
    private final List<TensorSpec> model = new ArrayList<>();
    private final List<TensorSpec> moments = new ArrayList<>();
    private final MemorySegment weights;

    /// Seconds of one measurement.
    ///
    /// @param wall that went by
    /// @param cpu that the calling thread computed
    private record Took(double wall, double cpu) {}

    /// What is measured.
    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private CheckpointBenchmark(Path folder, int numTensors, Arena arena) {
        this.folder = folder;
        this.weights = arena.allocate(4 * SIDE * SIDE, 64);
        for (long i = 0; i < SIDE * SIDE; i++) {
            weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(i));
        }
        for (int i = 0; i < numTensors; i++) {
            String name = "layers." + i + ".weight";
            model.add(new TensorSpec(name, ElementType.F32, List.of(SIDE, SIDE)));
            for (ModelSource.Moment moment : ModelSource.Moment.values()) {
                moments.add(new TensorSpec(moment.of(name), ElementType.F32, List.of(SIDE, SIDE)));
            }
        }
    }

    /// Prints a line for each measurement.
    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(Path.of(args[0]), "checkpoint-benchmark");
        int millions = args.length > 1 ? Integer.parseInt(args[1]) : 30;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        try (Arena arena = Arena.ofConfined()) {
            var benchmark = new CheckpointBenchmark(folder, millions, arena);
            for (int round = 1; round <= rounds; round++) {
                System.out.println("round " + round + ", load " + Machine.read().loadBefore());
                benchmark.round(round);
            }
        } finally {
            new ProcessBuilder("rm", "-r", folder.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        }
    }

    private void round(int step) throws IOException, InterruptedException {
        long bytes = 3 * weights.byteSize() * model.size();
        Path plain = folder.resolve("plain");
        tell(
                "dd conv=fsync",
                bytes,
                time(() -> run("dd", "if=/dev/zero", "of=" + plain, "bs=1M", "count=" + (bytes >> 20), "conv=fsync")));
        var store = new CheckpointStore(folder.resolve("checkpoints"));
        PendingCheckpoint pending = store.begin(step);
        Took snapshot = time(() -> {
            write(pending, Manifest.modelShard(0, 1), model);
            write(pending, Manifest.optimizerShard(0, 1), moments);
        });
        Took rest = time(() -> {
            var progress = new ModelSource.Progress(step, step, 0, step);
            var position = new Manifest.RunPosition(progress, 1, new Manifest.Layout(1, 1, 1));
            store.retain(pending.commit(position, Map.of(), pending.sumUp()), 1);
        });
        tell("snapshot: training waits", bytes, snapshot);
        tell("sums, disk, manifest, read back: beside training", bytes, rest);
        tell("saving", bytes, new Took(snapshot.wall() + rest.wall(), snapshot.cpu() + rest.cpu()));
        forget(plain);
        tell("cat, from the disk", bytes, time(() -> run("sh", "-c", "cat " + plain + " > /dev/null")));
        Path saved = store.latest().orElseThrow();
        for (String shard : List.of(Manifest.modelShard(0, 1), Manifest.optimizerShard(0, 1))) {
            forget(saved.resolve(shard));
        }
        tell("loading, from the disk, sums compared", bytes, time(() -> load(store)));
        tell("cat, from memory", bytes, time(() -> run("sh", "-c", "cat " + plain + " > /dev/null")));
        tell("loading, from memory, sums compared", bytes, time(() -> load(store)));
        Files.delete(plain);
    }

    private void write(PendingCheckpoint pending, String file, List<TensorSpec> tensors) {
        try (SafetensorsWriter writer =
                PendingCheckpoint.shardIn(pending.folder().resolve(file), tensors)) {
            tensors.forEach(spec -> writer.write(spec.name(), weights));
            writer.complete();
        }
    }

    private void load(CheckpointStore store) {
        Path intact = store.newestIntact(damage -> {
                    throw damage;
                })
                .orElseThrow();
        try (CheckpointReader reader = CheckpointStore.open(intact);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(weights.byteSize(), 64);
            reader.manifest()
                    .tensors()
                    .forEach(tensor -> reader.read(tensor.spec().name(), new TensorPartition.Replicated(), buffer));
        }
    }

    /// Takes a file out of the operating system's memory, as GNU dd's manual says.
    private static void forget(Path file) throws IOException, InterruptedException {
        run("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0");
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("failed: " + String.join(" ", command));
        }
    }

    private static Took time(Work work) throws IOException, InterruptedException {
        var threads = ManagementFactory.getThreadMXBean();
        long cpu = threads.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        work.run();
        return new Took((System.nanoTime() - start) / NANOS, (threads.getCurrentThreadCpuTime() - cpu) / NANOS);
    }

    private static void tell(String what, long bytes, Took took) {
        System.out.printf(
                Locale.ROOT,
                "  %-50s %8.1f MB/s  %6.3f s  %6.3f CPU s%n",
                what,
                bytes / 1e6 / took.wall(),
                took.wall(),
                took.cpu());
    }
}
