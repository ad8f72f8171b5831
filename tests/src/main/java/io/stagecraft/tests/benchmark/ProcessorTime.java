package io.stagecraft.tests.benchmark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;

/// Processor time that threads of this JVM have used, in milliseconds: what runs beside the ranks
/// takes it from their cores.
///
/// @param ranks compute threads
/// @param transport the poll thread, which also runs the media driver, and Aeron's own threads
/// @param actors the threads that actors other than ranks share
/// @param jvm all other: compiler, collector, events
public record ProcessorTime(double ranks, double transport, double actors, double jvm) {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final String RANKS = "compute-dispatcher";
    private static final String ACTORS = "dispatcher";

    /// Until now.
    static ProcessorTime now() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        double ranks = 0;
        double transport = 0;
        double actors = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            double millis = threads.getThreadCpuTime(thread.getThreadId()) / NANOS_PER_MILLI;
            String name = thread.getThreadName();
            if (name.contains(RANKS)) {
                ranks += millis;
            } else if (name.contains(ACTORS)) {
                actors += millis;
            } else if (name.startsWith("stagecraft-poll")
                    || name.startsWith("stagecraft-aeron")
                    || name.startsWith("stagecraft-media-driver")) {
                transport += millis;
            }
        }
        var process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        double all = process.getProcessCpuTime() / NANOS_PER_MILLI;
        return new ProcessorTime(ranks, transport, actors, all - ranks - transport - actors);
    }

    /// Used since `earlier`, for each of `numSteps` steps.
    ProcessorTime since(ProcessorTime earlier, int numSteps) {
        return new ProcessorTime(
                (ranks - earlier.ranks) / numSteps,
                (transport - earlier.transport) / numSteps,
                (actors - earlier.actors) / numSteps,
                (jvm - earlier.jvm) / numSteps);
    }
}
