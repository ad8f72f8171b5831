package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.backend.KernelGroup;
import java.lang.management.ManagementFactory;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compiled operations allocate views and records, no arrays and no vectors.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpuAllocationTest {
    /// A product describes up to ten parts of matrices of 40 bytes, attention some 100 of them. A kernel that boxed
    /// one vector a row would take 24 rows * 80 bytes more than its views; one that boxed every vector ten times
    /// that.
    private static final long MOST_BYTES = 450;

    private static final long MOST_BYTES_OF_ATTENTION = 4000;
    /// The compiler works in the background, on a busy machine for a while.
    private static final long MOST_NANOS = 30_000_000_000L;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final CpuRuntime runtime = Twins.open();
    private final CpuBackend backend = runtime.newBackend();
    private final KernelExercise exercise = new KernelExercise(backend);

    @BeforeAll
    void warmUp() {
        backend.warmUp(EnumSet.allOf(KernelGroup.class));
    }

    @AfterAll
    void close() {
        exercise.close();
        backend.close();
        runtime.close();
    }

    List<KernelExercise.Step> steps() {
        return exercise.steps();
    }

    @ParameterizedTest
    @MethodSource("steps")
    void shouldAllocateNoArraysAndNoVectors(KernelExercise.Step step) {
        long most = step.name().contains("ttention") ? MOST_BYTES_OF_ATTENTION : MOST_BYTES;
        long deadline = System.nanoTime() + MOST_NANOS;
        exercise.reset();
        long bytes = bytesPerCall(step);
        while (bytes > most && System.nanoTime() < deadline) {
            bytes = bytesPerCall(step);
        }

        assertThat(bytes).as("bytes a call of %s", step.name()).isLessThanOrEqualTo(most);
    }

    private long bytesPerCall(KernelExercise.Step step) {
        int calls = 100;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < calls; i++) {
            step.operation().run();
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / calls;
    }
}
