package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.parallel.TensorPartition.Split;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsWriterTest {
    private static final TensorSpec VECTOR = new TensorSpec("v", ElementType.U8, List.of(12L));
    private static final TensorSpec MATRIX = new TensorSpec("m", ElementType.U8, List.of(3L, 8L));

    @TempDir
    Path folder;

    @Test
    void shouldPadTheHeaderSoThatDataIsAligned() throws Exception {
        Path path = folder.resolve("a.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, List.of(VECTOR), Map.of("k", "v"))) {
            writer.write("v", MemorySegment.ofArray(new byte[12]));
            writer.finish();
        }
        assertThat((Files.size(path) - 12) % 64).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 3", "1, 1", "1, 2", "1, 4"})
    void shouldPutPartsWhereTheWholeHasThem(int dim, int numRanks) {
        byte[] whole = random(24);
        List<MemorySegment> parts = split(whole, dim, numRanks);
        Path path = folder.resolve("parts.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, List.of(VECTOR, MATRIX), Map.of())) {
            writer.write("v", MemorySegment.ofArray(new byte[12]));
            for (int rank = numRanks - 1; rank >= 0; rank--) {
                writer.writePart("m", new Split(dim, rank, numRanks), parts.get(rank));
            }
            writer.finish();
        }
        assertThat(bytes(path, "m")).containsExactly(whole);
    }

    @ParameterizedTest
    @CsvSource({"0, 3", "1, 2", "1, 4"})
    void shouldGatherPartsAsWritingThemOneByOneDoes(int dim, int numRanks) {
        byte[] whole = random(24);
        Path path = folder.resolve("gathered.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, List.of(MATRIX), Map.of())) {
            writer.writeParts("m", dim, split(whole, dim, numRanks));
            writer.finish();
        }
        assertThat(bytes(path, "m")).containsExactly(whole);
    }

    @Test
    void shouldGatherRowsThatDoNotFillTheLastBuffer() {
        // 5 rows of 3 MiB: the 4 MiB buffer holds one row at a time; 700,001 rows of 8 bytes: 524,288 and the rest
        for (long[] extents : new long[][] {{5, 3 * 1024 * 1024}, {700_001, 8}}) {
            byte[] whole = random((int) (extents[0] * extents[1]));
            var spec = new TensorSpec("m", ElementType.U8, List.of(extents[0], extents[1]));
            Path path = folder.resolve("wide" + extents[0] + ".safetensors");
            try (SafetensorsWriter writer = SafetensorsWriter.create(path, List.of(spec), Map.of())) {
                writer.writeParts("m", 1, split(whole, spec, 2));
                writer.finish();
            }
            assertThat(Arrays.equals(bytes(path, "m"), whole)).isTrue();
        }
    }

    @Test
    void shouldNotFinishWhenAPartIsMissing() {
        try (var writer = SafetensorsWriter.create(folder.resolve("x"), List.of(MATRIX), Map.of())) {
            writer.writePart("m", new Split(1, 0, 2), MemorySegment.ofArray(new byte[12]));
            assertThatThrownBy(writer::finish)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("12 of 24 bytes were not written");
        }
    }

    @Test
    void shouldRefuseATensorWrittenTwice() {
        try (var writer = SafetensorsWriter.create(folder.resolve("x"), List.of(VECTOR), Map.of())) {
            writer.write("v", MemorySegment.ofArray(new byte[12]));
            assertThatThrownBy(() -> writer.write("v", MemorySegment.ofArray(new byte[12])))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("more than once");
        }
    }

    @Test
    void shouldRefuseAPartOfAWrongSize() {
        try (var writer = SafetensorsWriter.create(folder.resolve("x"), List.of(VECTOR), Map.of())) {
            assertThatThrownBy(() -> writer.write("v", MemorySegment.ofArray(new byte[11])))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected 12 bytes but got 11");
        }
    }

    @Test
    void shouldRefuseTwoTensorsOfOneName() {
        assertThatThrownBy(() -> SafetensorsWriter.create(folder.resolve("x"), List.of(VECTOR, VECTOR), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two entries");
    }

    private static List<MemorySegment> split(byte[] whole, int dim, int numRanks) {
        return dim == 1
                ? split(whole, MATRIX, numRanks)
                : split(whole, new TensorSpec("m", ElementType.U8, List.of(1L, (long) whole.length)), numRanks);
    }

    /// Column parts element by element, the oracle.
    private static List<MemorySegment> split(byte[] whole, TensorSpec matrix, int numRanks) {
        int rows = Math.toIntExact(matrix.extents().get(0));
        int columns = Math.toIntExact(matrix.extents().get(1));
        int width = columns / numRanks;
        var parts = new ArrayList<MemorySegment>();
        for (int rank = 0; rank < numRanks; rank++) {
            byte[] part = new byte[rows * width];
            for (int i = 0; i < part.length; i++) {
                part[i] = whole[i / width * columns + rank * width + i % width];
            }
            parts.add(MemorySegment.ofArray(part));
        }
        return parts;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static byte[] bytes(Path path, String name) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            return file.tensor(name).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        }
    }
}
