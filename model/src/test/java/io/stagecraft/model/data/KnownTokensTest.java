package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KnownTokensTest {
    private static final int DOCUMENTS = 4096;

    @TempDir
    private Path folder;

    /// Documents of three tokens 0, 1, 2; token 1 of document `odd` is 9.
    private Path documents(int odd) {
        Path prefix = folder.resolve("data");
        try (IndexedDatasetWriter writer = IndexedDatasetWriter.create(prefix, TokenType.UINT16)) {
            for (int document = 0; document < DOCUMENTS; document++) {
                writer.item(new int[] {0, document == odd ? 9 : 1, 2}, 0, 3);
                writer.endDocument();
            }
            writer.commit();
        }
        return prefix;
    }

    @Test
    void shouldNameFileDocumentAndByteOfATokenBeyondTheVocabulary() {
        Path prefix = documents(70);

        // two bytes a token: document 70 begins at byte 420
        assertThatThrownBy(() -> KnownTokens.open(prefix, 9))
                .isInstanceOf(DatasetFormatException.class)
                .hasMessageStartingWith(prefix + ".bin: token 1 of document 70 (byte 422): must be in [0, 9)")
                .hasMessageContaining("but is 9; the data were made with another vocabulary");
    }

    @Test
    void shouldGiveTheTokensThatAreKnown() {
        try (KnownTokens tokens = KnownTokens.open(documents(70), 10)) {
            int[] into = new int[3];
            tokens.copy(70, 0, 3, into, 0);
            assertThat(into).containsExactly(0, 9, 2);
        }
    }

    @Test
    void shouldFindAnUnknownTokenOfALargeDataSetWhenItIsRead() {
        // every fourth document is read ahead
        try (KnownTokens tokens = KnownTokens.open(documents(70), 9, DOCUMENTS)) {
            assertThatThrownBy(() -> tokens.copy(70, 1, 2, new int[2], 0))
                    .isInstanceOf(DatasetFormatException.class)
                    .hasMessageContaining("token 1 of document 70");
        }
    }

    @Test
    void shouldReadSomeDocumentsOfALargeDataSetAhead() {
        Path prefix = documents(72);

        assertThatThrownBy(() -> KnownTokens.open(prefix, 9, DOCUMENTS))
                .isInstanceOf(DatasetFormatException.class)
                .hasMessageContaining("token 1 of document 72");
    }
}
