package io.stagecraft.model.checkpoint.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.checkpoint.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: `java.util.zip`, and bytes that Python's `pickle` wrote, its memo taken out by
/// `pickletools.optimize`.
class TorchFileWriterTest {
    @TempDir
    private Path folder;

    private static String hex(PickleItem item) {
        return HexFormat.of().formatHex(new PickleWriter().write(item));
    }

    /// `pickletools.optimize(pickle.dumps({"a": [1, 300, 70000, -1]}, 2)).hex()`.
    @Test
    void shouldWriteNumbersAsPythonDoes() {
        assertThat(hex(PickleItem.of(Map.of("a", List.of(1, 300, 70000, -1)))))
                .isEqualTo("80027d5801000000615d284b014d2c014a701101004affffffff65732e");
    }

    /// `pickletools.optimize(pickle.dumps(value, 2)).hex()` of the value in the first line.
    @Test
    void shouldWriteContainersAsPythonDoes() {
        // {"a": (None, True, False, 2.5), "b": {}, "c": (), "d": [], "e": (1, 2, 3, 4, 5), "f": 1 << 40}
        var value = new LinkedHashMap<String, Object>();
        value.put("a", PickleItem.Tuple.of(new PickleItem.Nothing(), true, false, 2.5));
        value.put("b", Map.of());
        value.put("c", PickleItem.Tuple.of());
        value.put("d", List.of());
        value.put("e", PickleItem.Tuple.of(1, 2, 3, 4, 5));
        value.put("f", 1L << 40);
        assertThat(hex(PickleItem.of(value)))
                .isEqualTo("80027d28580100000061284e8889474004000000000000745801000000627d580100000063295801000000"
                        + "645d580100000065284b014b024b034b044b05745801000000668a06000000000001752e");
    }

    @Test
    void shouldMarkTheEndOfADirectory() throws IOException {
        Path file = write(PickleItem.of("x"));
        try (var zip = new ZipFile(file.toFile())) {
            assertThat(new String(
                            zip.getInputStream(zip.getEntry("model/version")).readAllBytes(),
                            StandardCharsets.US_ASCII))
                    .isEqualTo("3\n");
        }
    }

    private Path write(PickleItem item) {
        Path file = folder.resolve("model.pt");
        TorchFileWriter.write(file, item, bytes -> {});
        return file;
    }

    @Test
    void shouldStoreATensorOnceThatTwoNamesShare() throws IOException {
        var storage = new TorchStorage(ElementType.I32, 3, into -> into.set(ValueLayout.JAVA_INT_UNALIGNED, 8, 7));
        var tensor = new PickleItem.TensorValue(storage, List.of(3L));
        Path file = write(PickleItem.of(List.of(tensor, tensor)));
        try (var zip = new ZipFile(file.toFile())) {
            assertThat(zip.getEntry("model/data/1")).isNull();
            assertThat(zip.getInputStream(zip.getEntry("model/data/0")).readAllBytes())
                    .isEqualTo(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0});
        }
    }

    /// A limit of 100 bytes makes everything Zip64 that 4 GiB would.
    @Test
    void shouldWriteZip64ThatJavaReads() throws IOException {
        Path file = folder.resolve("large.zip");
        byte[] large = new byte[1000];
        large[999] = 5;
        try (StoredZipWriter zip = StoredZipWriter.create(file, 100)) {
            zip.add("first", MemorySegment.ofArray(large));
            zip.add("second", MemorySegment.ofArray(new byte[] {1, 2, 3}));
            zip.finish();
        }
        try (var zip = new ZipFile(file.toFile())) {
            assertThat(zip.getInputStream(zip.getEntry("first")).readAllBytes()).isEqualTo(large);
            assertThat(zip.getInputStream(zip.getEntry("second")).readAllBytes())
                    .isEqualTo(new byte[] {1, 2, 3});
        }
    }

    /// PyTorch maps storages: its own writer begins each at a multiple of 64.
    @Test
    void shouldAlignEveryEntry() throws IOException {
        Path file = folder.resolve("aligned.zip");
        byte[] mark = "a mark that occurs once".getBytes(StandardCharsets.US_ASCII);
        try (StoredZipWriter zip = StoredZipWriter.create(file)) {
            zip.add("odd name", MemorySegment.ofArray(new byte[] {1}));
            zip.add("x", MemorySegment.ofArray(mark));
            zip.finish();
        }
        String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        assertThat(bytes.indexOf("a mark") % 64).isZero();
    }
}
