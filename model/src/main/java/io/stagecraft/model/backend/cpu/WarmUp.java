package io.stagecraft.model.backend.cpu;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.backend.KernelGroup;
import java.lang.management.ManagementFactory;
import java.util.Set;

/// Runs kernels until the compiler is done with them. Before that a vector kernel is 100 to 1000
/// times slower than after it, and allocates every vector: so a round that allocates next to
/// nothing says that it is done, however busy the machine is.
final class WarmUp {
    /// Each kernel is called this often at least: more than the compiler wants to see.
    private static final int LEAST_ROUNDS = 300;

    /// Views and records of one round take up to 115 KB, most of them attention's parts of
    /// matrices; most kernels' boxed vectors more than what is left: 72 rows of 304 floats are 150
    /// KB of vectors.
    static final long BYTES_WHEN_COMPILED = 140_000;
    /// Rounds in a row that must allocate as little.
    private static final int QUIET_ROUNDS = 50;
    /// On a machine where the compiler does not get to run, training begins before it is done.
    private static final long MOST_NANOS = 15_000_000_000L;

    private WarmUp() {}

    /// Runs the kernels of `groups` on the calling thread: up to 2 s of one core, and as much of
    /// the compiler's. False if the thread was interrupted, which ends it within a kernel's time.
    static boolean run(CpuBackend backend, Set<KernelGroup> groups) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (var rests = new KernelExercise(backend, groups, KernelExercise.RESTS);
                var full = new KernelExercise(backend, groups, KernelExercise.FULL_VECTORS)) {
            long deadline = System.nanoTime() + MOST_NANOS;
            int quiet = 0;
            for (int round = 0; round < LEAST_ROUNDS || quiet < QUIET_ROUNDS; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                if (!runOnce(rests) || !runOnce(full)) {
                    return false;
                }
                long bytes = threads.getCurrentThreadAllocatedBytes() - before;
                quiet = bytes < BYTES_WHEN_COMPILED ? quiet + 1 : 0;
                if (System.nanoTime() > deadline) {
                    return true;
                }
            }
        }
        return true;
    }

    private static boolean runOnce(KernelExercise exercise) {
        for (KernelExercise.Step step : exercise.steps()) {
            if (Thread.currentThread().isInterrupted()) {
                return false;
            }
            step.operation().run();
        }
        return true;
    }
}
