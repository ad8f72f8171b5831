package io.stagecraft.model.backend.cpu;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.backend.KernelGroup;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Runs kernels until the compiler is done with them. Before that a vector kernel is 100 to 1000
/// times slower than after it, and allocates every vector: so a round that allocates next to
/// nothing says that it is done, however busy the machine is.
final class WarmUp {
    /// Each kernel is called this often at least: more than the compiler wants to see.
    private static final int LEAST_ROUNDS = 300;

    /// Views and records of one operation take up to 24 KB, those of attention's gradient: which of
    /// them the compiler leaves out differs from start to start, so twice as much again is let pass.
    /// Boxed vectors take more: of 72 rows of 304 floats they are 150 KB.
    static final long BYTES_WHEN_COMPILED = 72_000;
    /// Rounds in a row whose operations must each allocate as little.
    private static final int QUIET_ROUNDS = 50;
    /// On a machine where the compiler does not get to run, training begins before it is done.
    private static final long MOST_NANOS = 15_000_000_000L;
    /// Without any round that allocates less than all before it, the compiler has nothing left to
    /// do: in one start of many it leaves a kernel's vectors in boxes for good.
    private static final long STALLED_NANOS = 4_000_000_000L;

    private WarmUp() {}

    /// Runs the kernels of `groups` on the calling thread: up to 2 s of one core, and as much of
    /// the compiler's. False if the thread was interrupted, which ends it within a kernel's time.
    static boolean run(CpuBackend backend, Set<KernelGroup> groups) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (var rests = new KernelExercise(backend, groups, KernelExercise.RESTS);
                var full = new KernelExercise(backend, groups, KernelExercise.FULL_VECTORS)) {
            List<KernelExercise.Step> steps = new ArrayList<>(rests.steps());
            steps.addAll(full.steps());
            long begin = System.nanoTime();
            long lastFall = begin;
            long least = Long.MAX_VALUE;
            int quiet = 0;
            for (int round = 0; round < LEAST_ROUNDS || quiet < QUIET_ROUNDS; round++) {
                Optional<Allocated> bytes = runOnce(steps, threads);
                if (bytes.isEmpty()) {
                    return false;
                }
                quiet = bytes.get().most < BYTES_WHEN_COMPILED ? quiet + 1 : 0;
                long now = System.nanoTime();
                if (bytes.get().total < least) {
                    least = bytes.get().total;
                    lastFall = now;
                }
                if (now - begin > MOST_NANOS || now - lastFall > STALLED_NANOS) {
                    return true;
                }
            }
        }
        return true;
    }

    private static Optional<Allocated> runOnce(List<KernelExercise.Step> steps, ThreadMXBean threads) {
        long most = 0;
        long total = 0;
        for (KernelExercise.Step step : steps) {
            if (Thread.currentThread().isInterrupted()) {
                return Optional.empty();
            }
            long bytes = step.allocatedBytes(threads);
            most = Math.max(most, bytes);
            total += bytes;
        }
        return Optional.of(new Allocated(most, total));
    }

    /// Bytes of a round: of the operation that takes most, and of all.
    private record Allocated(long most, long total) {}
}
