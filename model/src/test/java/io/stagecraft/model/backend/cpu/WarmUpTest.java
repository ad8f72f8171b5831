package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.backend.KernelGroup;
import java.lang.management.ManagementFactory;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A warm-up whose kernels never get as quiet as it asks for runs into its time limit at every start.
class WarmUpTest {
    /// The compiler works in the background, on a busy machine for a while.
    private static final long MOST_NANOS = 90_000_000_000L;

    static List<Set<KernelGroup>> jobs() {
        return List.of(
                EnumSet.of(KernelGroup.FORWARD, KernelGroup.BACKWARD, KernelGroup.GELU_TANH, KernelGroup.DROPOUT),
                EnumSet.of(KernelGroup.FORWARD, KernelGroup.GELU_TANH, KernelGroup.GENERATION));
    }

    /// Nine tenths: which views the compiler leaves out differs by some KB from start to start.
    @ParameterizedTest
    @MethodSource("jobs")
    void shouldFindTheKernelsOfAJobQuiet(Set<KernelGroup> groups) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long wanted = WarmUp.BYTES_WHEN_COMPILED / 10 * 9;
        long least = Long.MAX_VALUE;
        try (CpuRuntime runtime = Twins.open();
                CpuBackend backend = runtime.newBackend();
                var rests = new KernelExercise(backend, groups, KernelExercise.RESTS);
                var full = new KernelExercise(backend, groups, KernelExercise.FULL_VECTORS)) {
            long deadline = System.nanoTime() + MOST_NANOS;
            while (least > wanted && System.nanoTime() < deadline) {
                long before = threads.getCurrentThreadAllocatedBytes();
                rests.run();
                full.run();
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
        }
        assertThat(least).as("bytes of a round").isLessThanOrEqualTo(wanted);
    }
}
