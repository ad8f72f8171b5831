package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.stages.plan.ResidentMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryLinesTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path folder;

    @Test
    void shouldSayWhatTheRunWillTakeAndOfWhat() {
        assertThat(MemoryLines.planned(new ResidentMemory(10 * GIB, 100 << 20), 24 * GIB))
                .containsExactly(" memory: 10.4 GiB resident: 10.0 GiB of tensors, 100 MiB mapped by the transport,"
                        + " 340 MiB for the JVM; this machine has 24.0 GiB");
    }

    @Test
    void shouldReadTheLargestResidentSet() throws IOException {
        Path status = Files.writeString(folder.resolve("status"), "VmPeak:\t 9999 kB\nVmHWM:\t 2097152 kB\n");
        assertThat(MemoryLines.peak(status)).containsExactly(" peak memory: 2.00 GiB resident");
    }

    @Test
    void shouldSayNothingWhereTheSystemSaysNothing() {
        assertThat(MemoryLines.peak(folder.resolve("absent"))).isEmpty();
    }
}
