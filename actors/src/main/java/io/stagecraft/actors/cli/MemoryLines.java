package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.stages.plan.ResidentMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Memory of a run, before it and after.
final class MemoryLines {
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+([0-9]{1,15}) kB");
    private static final long BYTES_A_KIB = 1024;

    private MemoryLines() {}

    /// What the run will take of a machine with `machineBytes` of memory.
    static List<String> planned(ResidentMemory memory, long machineBytes) {
        return List.of(
                " memory: %s resident: %s of tensors, %s mapped by the transport, %s for the JVM; this machine has %s"
                        .formatted(
                                Printable.bytes(memory.totalBytes()),
                                Printable.bytes(memory.tensorBytes()),
                                Printable.bytes(memory.mappedBytes()),
                                Printable.bytes(ResidentMemory.JVM_BYTES),
                                Printable.bytes(machineBytes)));
    }

    /// The largest resident set of this process so far, from the `status` file of Linux; nothing
    /// where there is none.
    static List<String> peak(Path status) {
        try {
            Matcher peak = PEAK.matcher(Files.readString(status));
            return peak.find()
                    ? List.of(" peak memory: %s resident"
                            .formatted(Printable.bytes(Long.parseLong(peak.group(1)) * BYTES_A_KIB)))
                    : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
