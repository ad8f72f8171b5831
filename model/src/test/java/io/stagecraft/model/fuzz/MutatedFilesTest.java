package io.stagecraft.model.fuzz;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Files that differ from valid ones in a few bytes: what a coverage-guided fuzzer finds first, the same in
/// every build. Oracle: bytes are read, or refused by a typed error.
final class MutatedFilesTest {
    private static final int NUM_FILES = 120;
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
            assertThatCode(() -> reading.require(folder, damaged))
                    .as(() -> reading + " " + HexFormat.of().formatHex(damaged))
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadWhatItBeginsFrom(HostileReading reading) {
        for (byte[] seed : Seeds.of(reading)) {
            assertThatCode(() -> reading.require(folder, seed)).doesNotThrowAnyException();
        }
    }

    private byte[] damaged(byte[] seed) {
        byte[] bytes = seed.clone();
        int changes = random.nextInt(1, 5);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = EDGES[random.nextInt(EDGES.length)];
                case 2 -> bytes[at] = (byte) random.nextInt(256);
                case 3 -> bytes = cut(bytes, at);
                default -> bytes = repeated(bytes, at);
            }
        }
        return bytes;
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
