package io.stagecraft.tests.micro;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// How many cores this process has had: less than it has busy threads where other programs held the
/// cores, or where the operating system kept two of the threads on one.
///
/// @param startNanos wall clock at the start
/// @param startCpuNanos processor time of all threads until then
record CoresInUse(long startNanos, long startCpuNanos) {
    static CoresInUse fromNow() {
        return new CoresInUse(System.nanoTime(), cpuNanos());
    }

    /// Since the start, on the mean.
    double mean() {
        return (double) (cpuNanos() - startCpuNanos) / (System.nanoTime() - startNanos);
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
