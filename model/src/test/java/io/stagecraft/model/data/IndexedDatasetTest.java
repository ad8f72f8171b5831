package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.SharedFixtures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IndexedDatasetTest {
    /// Two items, [1, 2, 3] and [50256, 5], of one document each, worked out by hand from the format of
    /// Megatron-LM's `indexed_dataset.py`.
    private static final String BIN = "01000200030050c40500";

    private static final String IDX = "4d4d494449445800000100000000000000" // magic, version
            + "08" // unsigned, two bytes
            + "02000000000000000300000000000000" // items, document entries
            + "0300000002000000" // sizes
            + "00000000000000000600000000000000" // offsets
            + "000000000000000001000000000000000200000000000000"; // documents

    @TempDir
    private Path folder;

    private Path twoItems() throws IOException {
        Path prefix = folder.resolve("two");
        Files.write(folder.resolve("two.bin"), HexFormat.of().parseHex(BIN));
        Files.write(folder.resolve("two.idx"), HexFormat.of().parseHex(IDX));
        return prefix;
    }

    private static int[] item(IndexedDataset dataset, long item) {
        int[] ids = new int[dataset.length(item)];
        dataset.copy(item, 0, ids.length, ids, 0);
        return ids;
    }

    @Test
    void shouldReadItemsAndDocuments() throws IOException {
        try (IndexedDataset dataset = IndexedDataset.open(twoItems())) {
            assertThat(dataset.numItems()).isEqualTo(2);
            assertThat(dataset.numDocuments()).isEqualTo(2);
            assertThat(dataset.numTokens()).isEqualTo(5);
            assertThat(dataset.type()).isEqualTo(TokenType.UINT16);
            assertThat(item(dataset, 0)).containsExactly(1, 2, 3);
            assertThat(item(dataset, 1)).containsExactly(50256, 5);
            assertThat(dataset.firstItem(1)).isEqualTo(1);
            assertThat(dataset.firstItem(2)).isEqualTo(2);
        }
    }

    @Test
    void shouldCopyPartOfAnItemToAnOffset() throws IOException {
        try (IndexedDataset dataset = IndexedDataset.open(twoItems())) {
            int[] into = {9, 9, 9, 9};
            dataset.copy(0, 1, 2, into, 1);
            assertThat(into).containsExactly(9, 2, 3, 9);
        }
    }

    @Test
    void shouldRefuseToReadBeyondAnItem() throws IOException {
        try (IndexedDataset dataset = IndexedDataset.open(twoItems())) {
            assertThatThrownBy(() -> dataset.copy(0, 1, 3, new int[9], 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> dataset.length(2)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void shouldWriteTheSameBytes() throws IOException {
        Path prefix = folder.resolve("written");
        try (var writer = IndexedDatasetWriter.create(prefix, TokenType.UINT16)) {
            writer.item(new int[] {0, 1, 2, 3}, 1, 3);
            writer.endDocument();
            writer.item(new int[] {50256, 5}, 0, 2);
            writer.endDocument();
            writer.commit();
        }
        assertThat(Files.readAllBytes(folder.resolve("written.bin")))
                .isEqualTo(HexFormat.of().parseHex(BIN));
        assertThat(Files.readAllBytes(folder.resolve("written.idx")))
                .isEqualTo(HexFormat.of().parseHex(IDX));
        try (var all = Files.list(folder)) {
            assertThat(all).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(TokenType.class)
    void shouldReadBackEveryTypeAcrossItsBuffers(TokenType type) {
        Path prefix = folder.resolve("long");
        int[] ids = new int[300_000]; // more than one buffer of bytes
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i % 127;
        }
        try (var writer = IndexedDatasetWriter.create(prefix, type)) {
            for (int at = 0; at < ids.length; at += 3) {
                writer.item(ids, at, 3);
            }
            writer.endDocument();
            writer.commit();
        }
        try (IndexedDataset dataset = IndexedDataset.open(prefix)) {
            assertThat(dataset.numItems()).isEqualTo(100_000);
            int[] read = new int[ids.length];
            for (int i = 0; i < 100_000; i++) {
                dataset.copy(i, 0, 3, read, 3 * i);
            }
            assertThat(read).isEqualTo(ids);
        }
    }

    @Test
    void shouldRefuseAnIdThatDoesNotFit() {
        try (var writer = IndexedDatasetWriter.create(folder.resolve("small"), TokenType.UINT16)) {
            assertThatThrownBy(() -> writer.item(new int[] {65536}, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("65536");
        }
    }

    @Test
    void shouldLeaveNothingBehindWithoutCommit() throws IOException {
        try (var writer = IndexedDatasetWriter.create(folder.resolve("stopped"), TokenType.UINT16)) {
            writer.item(new int[] {1}, 0, 1);
            writer.endDocument();
        }
        try (var all = Files.list(folder)) {
            assertThat(all).isEmpty();
        }
    }

    @Test
    void shouldRefuseASecondWriterOfTheSameDataset() {
        Path prefix = folder.resolve("shared");
        try (var _ = IndexedDatasetWriter.create(prefix, TokenType.UINT16)) {
            assertThatThrownBy(() -> IndexedDatasetWriter.create(prefix, TokenType.UINT16))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("shared.bin.tmp");
        }
    }

    @Test
    void shouldOverwriteWhatAKilledRunLeft() throws IOException {
        Path prefix = folder.resolve("again");
        Files.write(folder.resolve("again.bin.tmp"), new byte[100]);
        Files.write(folder.resolve("again.idx.sizes.tmp"), new byte[100]);
        try (var writer = IndexedDatasetWriter.create(prefix, TokenType.UINT16)) {
            writer.item(new int[] {7}, 0, 1);
            writer.endDocument();
            writer.commit();
        }
        try (IndexedDataset dataset = IndexedDataset.open(prefix)) {
            assertThat(dataset.numTokens()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 58, magic",
        "9, 02, version",
        "17, 06, dtype code",
        "17, 63, dtype code",
        "18, 03, file length",
        "24, 7f, number of items",
        "25, ff, number of items",
        "26, 00, length of the document list",
        "33, 7f, length of the document list",
        "41, 80, size of item 1",
        "50, 07, item 1",
        "57, 80, item 1",
        "58, 01, first document",
        "74, 01, end of the last document"
    })
    void shouldNameFileFieldAndByteOfADamagedIndex(int at, String value, String field) throws IOException {
        Path prefix = twoItems();
        byte[] index = HexFormat.of().parseHex(IDX);
        index[at] = (byte) Integer.parseInt(value, 16);
        Files.write(folder.resolve("two.idx"), index);
        assertThatThrownBy(() -> IndexedDataset.open(prefix).close())
                .isInstanceOfSatisfying(DatasetFormatException.class, e -> {
                    assertThat(e.field()).isEqualTo(field);
                    assertThat(e.file().toString()).contains("two.");
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 33, 34, 57, 81, 83})
    void shouldRefuseAnIndexOfAnotherLength(int length) throws IOException {
        Path prefix = twoItems();
        Files.write(folder.resolve("two.idx"), Arrays.copyOf(HexFormat.of().parseHex(IDX), length));
        assertThatThrownBy(() -> IndexedDataset.open(prefix).close())
                .isInstanceOf(DatasetFormatException.class)
                .hasMessageContaining("two.idx");
    }

    @Test
    void shouldRefuseTokensThatAreCutShort() throws IOException {
        Path prefix = twoItems();
        Files.write(folder.resolve("two.bin"), new byte[9]);
        assertThatThrownBy(() -> IndexedDataset.open(prefix).close())
                .isInstanceOf(DatasetFormatException.class)
                .hasMessageContaining("two.bin")
                .hasMessageContaining("byte 9");
    }

    @Test
    void shouldNameTheOlderFormat() throws IOException {
        Files.write(
                folder.resolve("old.idx"),
                ByteBuffer.allocate(64)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put("TNTIDX\0\0".getBytes(StandardCharsets.US_ASCII))
                        .array());
        assertThatThrownBy(() -> IndexedDataset.open(folder.resolve("old")).close())
                .isInstanceOf(DatasetFormatException.class)
                .hasMessageContaining("older format");
    }

    @Test
    void shouldSayThatAFileIsMissing() {
        assertThatThrownBy(() -> IndexedDataset.open(folder.resolve("none")).close())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("none.idx");
    }

    @Test
    void shouldRewriteMegatronsOwnFilesByteForByte() throws IOException {
        Path source = SharedFixtures.require("golden/data/bert_text_sentence.idx");
        Path prefix = folder.resolve("copy");
        try (IndexedDataset dataset = IndexedDataset.open(source);
                var writer = IndexedDatasetWriter.create(prefix, dataset.type())) {
            for (long document = 0; document < dataset.numDocuments(); document++) {
                for (long item = dataset.firstItem(document); item < dataset.firstItem(document + 1); item++) {
                    writer.item(item(dataset, item), 0, dataset.length(item));
                }
                writer.endDocument();
            }
            writer.commit();
        }
        assertThat(folder.resolve("copy.idx")).hasSameBinaryContentAs(source);
        assertThat(folder.resolve("copy.bin")).hasSameBinaryContentAs(source.resolveSibling("bert_text_sentence.bin"));
    }
}
