package io.stagecraft.tests.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Where the benchmark ran, for the report.
///
/// @param processor its name, as the kernel says it
/// @param processorFlags instruction sets
/// @param cores that the JVM may use
/// @param memoryBytes of the machine
/// @param kernel name and version
/// @param java version of the runtime
/// @param loadBefore runnable processes before the first run, mean over a minute
public record Machine(
        String processor,
        List<String> processorFlags,
        int cores,
        long memoryBytes,
        String kernel,
        String java,
        double loadBefore) {
    /// Reads the running Linux machine.
    static Machine read() {
        String cpu = read("/proc/cpuinfo");
        return new Machine(
                valueOf(cpu, "model name"),
                List.of(valueOf(cpu, "flags").split(" ")),
                Runtime.getRuntime().availableProcessors(),
                1024 * Long.parseLong(valueOf(read("/proc/meminfo"), "MemTotal").replaceAll("\\D", "")),
                read("/proc/sys/kernel/osrelease").strip(),
                Runtime.version().toString(),
                Double.parseDouble(read("/proc/loadavg").split(" ")[0]));
    }

    boolean hasAvx512() {
        return processorFlags.contains("avx512f");
    }

    /// Largest resident set that this process has had.
    static long peakResidentBytes() {
        return 1024 * Long.parseLong(valueOf(read("/proc/self/status"), "VmHWM").replaceAll("\\D", ""));
    }

    private static String valueOf(String lines, String key) {
        return lines.lines()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException("the benchmark runs on Linux and reads " + file, e);
        }
    }
}
