package io.stagecraft.tests.benchmark;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// What every comparison in turns can be told: how many rounds, on which of our libraries, and
/// where its report goes.
final class BenchmarkOptions {
    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "runs of each side for each model and layout (default: ${DEFAULT-VALUE})")
    private int rounds;

    @Option(
            names = "--our-blas",
            paramLabel = "auto|bundled|mkl",
            defaultValue = "auto",
            description = "BLAS of Stagecraft (default: ${DEFAULT-VALUE})")
    private OurBlas ourBlas = OurBlas.AUTO;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            defaultValue = "tests/target/benchmark",
            description = "for the report and the logs (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of("");

    int rounds() {
        return rounds;
    }

    /// Our side, in processes of the JVM at `java`.
    OurSide ourSide(String java) {
        return new OurSide(java, ourBlas);
    }

    Path directory() {
        return directory;
    }
}
