package io.stagecraft.tests.benchmark;

import java.nio.file.Path;
import java.util.List;

/// Starts [TrainingStepBenchmark] in a JVM with the launcher's flags and class path.
///
/// @param java the program that runs it
/// @param blas of our side
record OurSide(String java, OurBlas blas) {
    private static final Path ACTORS = Path.of("actors/target");

    /// The process that trains `workload` at `layout`.
    BenchmarkProcess process(Workload workload, Layout layout) {
        String classPath =
                Path.of("tests/target/classes") + ":" + ACTORS.resolve("classes") + ":" + ACTORS.resolve("lib") + "/*";
        List<String> command = List.of(
                java,
                "@" + ACTORS.resolve("jvm.options"),
                "-cp",
                classPath,
                TrainingStepBenchmark.class.getName(),
                workload.name(),
                layout.toString(),
                blas.name());
        return new BenchmarkProcess(command, blas.environment());
    }
}
