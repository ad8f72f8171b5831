package io.stagecraft.tests.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Starts [TrainingStepBenchmark] in a JVM with the launcher's flags and class path.
///
/// @param java the program that runs it
record OurSide(String java) {
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
                layout.toString());
        return new BenchmarkProcess(command, Map.of());
    }
}
