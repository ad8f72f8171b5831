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

    /// Two thirds: which views the compiler leaves out differs from start to start.
    @ParameterizedTest
    @MethodSource("jobs")
    void shouldFindTheKernelsOfAJobQuiet(Set<KernelGroup> groups) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long wanted = WarmUp.BYTES_WHEN_COMPILED / 3 * 2;
        long least = Long.MAX_VALUE;
        try (CpuRuntime runtime = Twins.open();
                CpuBackend backend = runtime.newBackend();
                var rests = new KernelExercise(backend, groups, KernelExercise.RESTS);
                var full = new KernelExercise(backend, groups, KernelExercise.FULL_VECTORS)) {
            long deadline = System.nanoTime() + MOST_NANOS;
            while (least > wanted && System.nanoTime() < deadline) {
                least = Math.min(least, Math.max(most(rests, threads), most(full, threads)));
            }
        }
        assertThat(least).as("bytes of a round's largest operation").isLessThanOrEqualTo(wanted);
    }

    private static long most(KernelExercise exercise, ThreadMXBean threads) {
        return exercise.steps().stream()
                .mapToLong(step -> step.allocatedBytes(threads))
                .max()
                .orElseThrow();
    }
}
