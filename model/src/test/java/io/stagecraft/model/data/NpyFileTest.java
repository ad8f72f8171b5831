package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {
    private static final NpyShape SHAPE = new NpyShape(NpyType.INT32, 3, 2);

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("array.npy");
        try (Arena arena = Arena.ofConfined()) {
            NpyArray array = NpyFile.create(file, SHAPE, arena);
            LongStream.range(0, 6).forEach(i -> array.set(i, 10 - 3 * i));
            array.force();
        }
    }

    /// Oracle: `numpy.save` of `numpy.array([[10, 7], [4, 1], [-2, -5]], numpy.int32)`, NumPy 2.4.
    @Test
    void shouldWriteTheBytesOfNumpy() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        String header = "\u0093NUMPY\u0001\0v\0{'descr': '<i4', 'fortran_order': False, 'shape': (3, 2), }";

        assertThat(bytes)
                .hasSize(128 + 24)
                .endsWith(10, 0, 0, 0, 7, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, -2, -1, -1, -1, -5, -1, -1, -1);
        assertThat(new String(bytes, 0, 128, StandardCharsets.ISO_8859_1))
                .isEqualTo(header + " ".repeat(127 - header.length()) + "\n");
    }

    @ParameterizedTest
    @EnumSource(NpyType.class)
    void shouldReadWhatItWrote(NpyType type) throws IOException {
        NpyShape shape = NpyShape.of(type, 3);
        long largest = switch (type) {
            case INT32 -> Integer.MAX_VALUE;
            case UINT32 -> 0xFFFF_FFFFL;
            case INT64 -> Long.MAX_VALUE;
        };
        Path path = folder.resolve("other.npy");
        try (Arena arena = Arena.ofConfined()) {
            NpyFile.create(path, shape, arena).set(1, largest);
        }
        try (Arena arena = Arena.ofConfined()) {
            NpyArray array = NpyFile.map(path, shape, arena);
            assertThat(LongStream.range(0, 3).map(array::get)).containsExactly(0L, largest, 0L);
        }
    }

    @Test
    void shouldReadAnArrayWithoutElements() throws IOException {
        NpyShape shape = NpyShape.of(NpyType.UINT32, 0);
        Path path = folder.resolve("empty.npy");
        try (Arena arena = Arena.ofConfined()) {
            NpyFile.create(path, shape, arena).force();
            assertThat(NpyFile.map(path, shape, arena).shape()).isEqualTo(shape);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 9, 10, 60, 127, 128, 151})
    void shouldRefuseAFileThatIsCutShort(int length) throws IOException {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));

        assertRefused("expected ");
    }

    @Test
    void shouldRefuseAFileThatIsTooLong() throws IOException {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 153));

        assertRefused("data (byte 128): expected 24 bytes, got 25");
    }

    @Test
    void shouldRefuseAnotherFormat() throws IOException {
        Files.write(file, "PK\3\4 and what a zip file has".getBytes(StandardCharsets.ISO_8859_1));

        assertRefused("magic (byte 0)");
    }

    @Test
    void shouldRefuseAnotherArrayAndPrintItsHeaderSafely() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        System.arraycopy("\u001b[31m\n\u009b\r".getBytes(StandardCharsets.ISO_8859_1), 0, bytes, 12, 7);
        Files.write(file, bytes);

        assertRefused("got {'?[31m?? '<i4'");
    }

    @Test
    void shouldRefuseArraysWhoseSizeOverflows() {
        assertThatThrownBy(() -> NpyShape.of(NpyType.INT64, 1L << 61)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void shouldRefuseAnIndexThatPointsOutsideOfWhatThereIs() throws IOException {
        var plan = new GptIndexPlan(0, 3, 20, 4, 4);
        for (long[] wrong : List.of(new long[] {0, 1, 3}, new long[] {0, 1, -1}, new long[] {0, 1, 1})) {
            assertThatThrownBy(() -> check(plan, wrong, new long[] {0, 0, 0, 4, 1, 0, 1, 4, 2, 0}))
                    .isInstanceOf(NpyFormatException.class)
                    .hasMessageContaining("documents");
        }
        for (long[] wrong : List.of(
                new long[] {0, 0, 0, 4, 3, 0, 3, 4, 4, 0},
                new long[] {0, 0, 0, 4, 1, 0, 0, 4, 2, 0},
                new long[] {0, 0, 0, -4, 1, 0, 1, 4, 2, 0})) {
            assertThatThrownBy(() -> check(plan, new long[] {0, 1, 2}, wrong))
                    .isInstanceOf(NpyFormatException.class)
                    .hasMessageContaining("samples");
        }
    }

    private static void check(GptIndexPlan plan, long[] documents, long[] samples) {
        try (Arena arena = Arena.ofConfined()) {
            var index = new GptIndex(
                    array(plan.documentShape(), documents, arena),
                    array(plan.sampleShape(), samples, arena),
                    array(plan.shuffleShape(), new long[] {3, 2, 1, 0}, arena));
            new GptIndexCheck(plan, List.of(Path.of("documents"), Path.of("samples"), Path.of("shuffle"))).check(index);
        }
    }

    private static NpyArray array(NpyShape shape, long[] values, Arena arena) {
        NpyArray array = NpyArray.allocate(shape, arena);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    private void assertRefused(String message) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> NpyFile.map(file, SHAPE, arena))
                    .isInstanceOf(NpyFormatException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining(message);
        }
    }
}
