package io.stagecraft.tests.benchmark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts [TrainingStepBenchmark] in a JVM with the launcher's flags and class path.
///
/// @param java the program that runs it
/// @param blas of our side
record OurSide(String java, OurBlas blas) {
    private static final Path ACTORS = Path.of("actors/target");

    /// The process that runs `task`, a [Workload] or [BenchmarkTask#EMPTY], at `layout` and prints
    /// a [Measurement].
    BenchmarkProcess process(String task, Layout layout) {
        return process(List.of(task, layout.toString(), blas.name()));
    }

    /// The process that watches where its time goes and prints a [StepProfile].
    BenchmarkProcess profile(String task, Layout layout) {
        return process(List.of(task, layout.toString(), blas.name(), TrainingStepBenchmark.PROFILE));
    }

    private BenchmarkProcess process(List<String> arguments) {
        String classPath =
                Path.of("tests/target/classes") + ":" + ACTORS.resolve("classes") + ":" + ACTORS.resolve("lib") + "/*";
        var command = new ArrayList<>(List.of(
                java, "@" + ACTORS.resolve("jvm.options"), "-cp", classPath, TrainingStepBenchmark.class.getName()));
        command.addAll(arguments);
        return new BenchmarkProcess(command, blas.environment());
    }
}
