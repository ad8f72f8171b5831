package io.stagecraft.model.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Files that differ from valid ones in a few bytes: what a coverage-guided fuzzer finds first, the same in
/// every build. Oracle: bytes are read, or refused by a typed error, with no more than 64 MB of heap each.
final class MutatedFilesTest {
    private static final int NUM_FILES = 200;
    private static final long MOST_BYTES = 64L << 20;
    /// Counts, lengths and offsets that are near a limit of some type.
    private static final long[] NUMBERS = {
        -1,
        0,
        1,
        0x7F,
        0x80,
        0xFF,
        0x7FFF,
        0x8000,
        0xFFFF,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        0xFFFFFFFFL,
        1L << 32,
        1L << 61,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final byte[] EDGES = HexFormat.of().parseHex("00017f80ff2e28293030");

    @TempDir
    Path folder;

    private final SplittableRandom random = new SplittableRandom(20261122);

    @ParameterizedTest
    @EnumSource
    void shouldReadOrRefuseDamagedFiles(HostileReading reading) {
        List<byte[]> seeds = Seeds.of(reading);
        for (int i = 0; i < NUM_FILES; i++) {
            byte[] damaged = damaged(seeds.get(i % seeds.size()));
            long before = allocated();
            assertThatCode(() -> reading.require(folder, damaged))
                    .as(() -> reading + " " + HexFormat.of().formatHex(damaged))
                    .doesNotThrowAnyException();
            assertThat(allocated() - before)
                    .as(() -> reading + " " + HexFormat.of().formatHex(damaged))
                    .isLessThan(MOST_BYTES);
        }
    }

    /// What this thread put on the heap so far, collected or not.
    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /// A seed that were refused would leave what lies behind its fault untried.
    @ParameterizedTest
    @EnumSource
    void shouldReadWhatItBeginsFrom(HostileReading reading) {
        for (byte[] seed : Seeds.of(reading)) {
            assertThatCode(() -> reading.open(folder, seed)).doesNotThrowAnyException();
        }
    }

    private byte[] damaged(byte[] seed) {
        byte[] bytes = seed.clone();
        int changes = random.nextInt(1, 5);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = EDGES[random.nextInt(EDGES.length)];
                case 2 -> bytes[at] = (byte) random.nextInt(256);
                case 3 -> bytes = cut(bytes, at);
                case 4 -> overwrite(bytes, at);
                default -> bytes = repeated(bytes, at);
            }
        }
        return bytes;
    }

    /// A number of 1, 2, 4 or 8 bytes, little-endian.
    private void overwrite(byte[] bytes, int at) {
        long number = NUMBERS[random.nextInt(NUMBERS.length)];
        int size = Math.min(1 << random.nextInt(4), bytes.length - at);
        for (int i = 0; i < size; i++) {
            bytes[at + i] = (byte) (number >> 8 * i);
        }
    }

    private byte[] cut(byte[] bytes, int at) {
        return random.nextInt(4) > 0 ? bytes : Arrays.copyOf(bytes, at + 1);
    }

    private byte[] repeated(byte[] bytes, int at) {
        int length = Math.min(random.nextInt(1, 16), bytes.length - at);
        byte[] longer = Arrays.copyOf(bytes, bytes.length + length);
        System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
        return longer;
    }
}
