package io.stagecraft.tests.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Starts PyTorch, built by `tests/benchmark/peer`.
///
/// libtorch asks the dynamic linker for `libopenblas.so.0`. A folder of links in front of all
/// others says which library that is, so that every choice of BLAS runs the same program.
///
/// @param java the program that runs it
/// @param threads of PyTorch's operations and of BLAS
/// @param machine where it runs
record PeerSide(String java, int threads, Machine machine) {
    private static final Path TARGET = Path.of("tests/benchmark/peer/target");
    private static final List<String> NAMES_OF_BLAS = List.of("libopenblas.so.0", "libopenblas_nolapack.so.0");
    private static final String MAIN = "io.stagecraft.tests.benchmark.peer.TorchPeer";

    /// glibc gives large blocks back to the kernel at once, and gets them back as pages to clear:
    /// PyTorch on the CPU is faster when it keeps them.
    private static final Map<String, String> KEEP_FREED_MEMORY = Map.of(
            "MALLOC_MMAP_MAX_", "0",
            "MALLOC_TRIM_THRESHOLD_", "100000000000",
            "MALLOC_TOP_PAD_", "268435456");

    /// The process that trains `workload` on `blas`.
    BenchmarkProcess process(Workload workload, Blas blas) throws IOException {
        Path natives = TARGET.resolve("natives").toAbsolutePath();
        String libraries = folderOfLinks(blas) + ":" + natives;
        Map<String, String> environment = new HashMap<>(KEEP_FREED_MEMORY);
        environment.put("LD_LIBRARY_PATH", libraries);
        environment.put("OMP_NUM_THREADS", Integer.toString(threads));
        environment.putAll(blas.environment(threads, machine));
        return new BenchmarkProcess(command(workload, libraries), environment);
    }

    private List<String> command(Workload workload, String libraries) {
        return List.of(
                java,
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.library.path=" + libraries,
                "-Dorg.bytedeco.javacpp.pathsFirst=true",
                "-Dorg.bytedeco.javacpp.cachedir=" + TARGET.resolve("javacpp"),
                // JavaCPP must not collect garbage because PyTorch uses memory.
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-cp",
                TARGET.resolve("classes") + ":" + TARGET.resolve("lib") + "/*",
                MAIN,
                "layers=" + workload.layers(),
                "heads=" + workload.heads(),
                "hidden=" + workload.hidden(),
                "vocabulary=" + workload.vocabulary(),
                "sequence=" + workload.sequence(),
                "batch=" + workload.batch(),
                "threads=" + threads,
                "warmup=" + workload.warmupSteps(),
                "steps=" + workload.measuredSteps());
    }

    private static Path folderOfLinks(Blas blas) throws IOException {
        Path folder = TARGET.resolve("blas-" + blas.name().toLowerCase(Locale.ROOT));
        Files.createDirectories(folder);
        for (String name : NAMES_OF_BLAS) {
            Path link = folder.resolve(name);
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, blas.library().toAbsolutePath());
        }
        return folder.toAbsolutePath();
    }
}
