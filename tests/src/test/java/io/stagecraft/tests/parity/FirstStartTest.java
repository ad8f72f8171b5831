package io.stagecraft.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.stages.topology.ParallelTopology;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// A run repeats itself bitwise from the first start of a JVM on: a JVM that has just started interprets, compiles
/// and replaces its kernels while it trains, which must not show in any bit. Oracle: a second new JVM, and this
/// one, which has compiled them already.
class FirstStartTest {
    private static final int STEPS = 6;

    /// Trained one after another in the same JVM, the one with every kind of sum and wait first.
    private static final List<ParallelTopology> LAYOUTS =
            List.of(new ParallelTopology(2, 2, 1), new ParallelTopology(1, 1, 1), new ParallelTopology(2, 1, 2));

    @Test
    void shouldTrainTheSameBitsInANewJvmAsInAWarmOne() throws Exception {
        List<String> first = inANewJvm();
        List<String> second = inANewJvm();

        assertThat(first).hasSameSizeAs(LAYOUTS);
        assertThat(second).isEqualTo(first);
        try (CpuRuntime cpu = CountingTask.openCpu()) {
            train(cpu);
            assertThat(train(cpu)).isEqualTo(first);
        }
    }

    private static List<String> inANewJvm() throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments()); // the flags of this JVM
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), NewJvm.class.getName()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            return output.lines().filter(line -> line.startsWith("bits ")).toList();
        } finally {
            process.destroyForcibly();
        }
    }

    /// The bits of the losses of all layouts, a line each.
    private static List<String> train(CpuRuntime cpu) throws InterruptedException {
        var lines = new ArrayList<String>();
        for (ParallelTopology topology : LAYOUTS) {
            lines.add(CountingTask.losses(topology, cpu, STEPS).stream()
                    .map(loss -> Long.toHexString(Double.doubleToRawLongBits(loss)))
                    .collect(Collectors.joining(" ", "bits ", "")));
        }
        return lines;
    }

    /// The other JVM: prints the bits of its losses.
    static final class NewJvm {
        private NewJvm() {}

        public static void main(String[] none) throws InterruptedException {
            try (CpuRuntime cpu = CountingTask.openCpu()) {
                train(cpu).forEach(System.out::println);
            }
        }
    }
}
