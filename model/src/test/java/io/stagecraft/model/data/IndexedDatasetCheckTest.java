package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IndexedDatasetCheckTest {
    private static final int HEADER = 34;

    @TempDir
    private Path folder;

    private Path prefix = Path.of("");

    /// Three items of 2, 1 and 3 tokens; documents of the first two and the third.
    @BeforeEach
    void write() {
        prefix = folder.resolve("it");
        try (var writer = IndexedDatasetWriter.create(prefix, TokenType.UINT16)) {
            writer.item(new int[] {1, 2}, 0, 2);
            writer.item(new int[] {3}, 0, 1);
            writer.endDocument();
            writer.item(new int[] {4, 500, 6}, 0, 3);
            writer.endDocument();
            writer.commit();
        }
    }

    @Test
    void shouldFindNothingWrongWithASoundDataset() {
        assertThat(IndexedDatasetCheck.of(prefix, 501).isSound()).isTrue();
    }

    @Test
    void shouldNameATokenBeyondTheVocabulary() {
        var findings = IndexedDatasetCheck.of(prefix, 500);
        assertThat(findings.numFaults()).isEqualTo(1);
        assertThat(findings.faults().getFirst())
                .hasMessageContaining("it.bin")
                .hasMessageContaining("token 4 (byte 8)")
                .hasMessageContaining("500");
    }

    /// Offsets: sizes from 34, byte offsets of items from 46, documents from 70.
    @ParameterizedTest
    @CsvSource({"34, 1, offset of item 1, 54", "54, 5, offset of item 1, 54", "78, 4, document 1, 78"})
    void shouldNameFieldAndByteOfAnInconsistency(int at, int value, String field, long offset) throws IOException {
        byte[] index = Files.readAllBytes(folder.resolve("it.idx"));
        assertThat(index).hasSize(HEADER + 3 * 12 + 3 * 8);
        index[at] = (byte) value;
        Files.write(folder.resolve("it.idx"), index);
        DatasetFormatException first =
                IndexedDatasetCheck.of(prefix, 501).faults().getFirst();
        assertThat(first.field()).isEqualTo(field);
        assertThat(first.offsetBytes()).isEqualTo(offset);
        assertThat(first.file()).hasFileName("it.idx");
    }

    @ParameterizedTest
    @CsvSource({"11", "13", "0"})
    void shouldNameTheEndOfTokensOfAnotherLength(int length) throws IOException {
        byte[] tokens = Files.readAllBytes(folder.resolve("it.bin"));
        Files.write(folder.resolve("it.bin"), Arrays.copyOf(tokens, length));
        DatasetFormatException first =
                IndexedDatasetCheck.of(prefix, 501).faults().getFirst();
        assertThat(first.file()).hasFileName("it.bin");
        assertThat(first.offsetBytes()).isEqualTo(Math.min(length, 12));
    }

    @Test
    void shouldCountFaultsBeyondThoseItSays() {
        Path many = folder.resolve("many");
        try (var writer = IndexedDatasetWriter.create(many, TokenType.INT32)) {
            writer.item(new int[100], 0, 100);
            writer.item(new int[] {-1}, 0, 1);
            writer.endDocument();
            writer.commit();
        }
        var findings = IndexedDatasetCheck.of(many, 0);
        assertThat(findings.numFaults()).isEqualTo(101);
        assertThat(findings.faults()).hasSize(20);
    }
}
