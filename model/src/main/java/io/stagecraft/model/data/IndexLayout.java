package io.stagecraft.model.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Where things lie in an `.idx` file, little-endian and unaligned: magic, version (u64), dtype
/// code (u8), number of items `N` (u64), length `D` of the document list (u64), then `N` sizes
/// (i32), `N` byte offsets into `.bin` (i64), `D` first items of documents (i64; the first is 0,
/// the last `N`).
///
/// - Source: Megatron-LM's `indexed_dataset.py`, class `MMapIndexedDataset`.
///
/// @param type of the tokens
/// @param numItems `N`
/// @param numDocumentEntries `D`
record IndexLayout(TokenType type, long numItems, long numDocumentEntries) {
    static final long HEADER_BYTES = 34;
    static final long VERSION = 1;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final String LEGACY_MAGIC = "TNTIDX";
    private static final long VERSION_OFFSET = 9;
    private static final long CODE_OFFSET = 17;
    private static final long ITEMS_OFFSET = 18;
    private static final long DOCUMENTS_OFFSET = 26;

    /// The nine bytes at the start.
    static byte[] magic() {
        return "MMIDIDX\0\0".getBytes(StandardCharsets.US_ASCII);
    }

    /// Reads the header and checks it against the length of `index`.
    static IndexLayout read(Path file, MemorySegment index) {
        long size = index.byteSize();
        if (size < HEADER_BYTES) {
            throw new DatasetFormatException(
                    file, "header", size, "expected " + HEADER_BYTES + " bytes but the file has " + size);
        }
        checkMagic(file, index);
        long version = index.get(LONG, VERSION_OFFSET);
        if (version != VERSION) {
            throw new DatasetFormatException(
                    file, "version", VERSION_OFFSET, "expected " + VERSION + " but is " + version);
        }
        TokenType type = type(file, index.get(ValueLayout.JAVA_BYTE, CODE_OFFSET));
        long items = index.get(LONG, ITEMS_OFFSET);
        long documents = index.get(LONG, DOCUMENTS_OFFSET);
        if (items < 0 || items > (size - HEADER_BYTES) / 12) {
            throw new DatasetFormatException(
                    file, "number of items", ITEMS_OFFSET, items + " items do not fit into " + size + " bytes");
        }
        if (documents < 1 || documents > (size - HEADER_BYTES) / 8) {
            throw new DatasetFormatException(
                    file,
                    "length of the document list",
                    DOCUMENTS_OFFSET,
                    documents + " entries (documents + 1) do not fit into " + size + " bytes");
        }
        var layout = new IndexLayout(type, items, documents);
        long expected = layout.documentOffset(documents);
        if (size != expected) {
            throw new DatasetFormatException(
                    file,
                    "file length",
                    Math.min(size, expected),
                    items + " items and " + documents + " document entries take " + expected
                            + " bytes but the file has " + size);
        }
        return layout;
    }

    private static void checkMagic(Path file, MemorySegment index) {
        byte[] magic = magic();
        byte[] found = index.asSlice(0, magic.length).toArray(ValueLayout.JAVA_BYTE);
        for (int i = 0; i < magic.length; i++) {
            if (found[i] != magic[i]) {
                boolean legacy = new String(found, StandardCharsets.US_ASCII).startsWith(LEGACY_MAGIC);
                throw new DatasetFormatException(
                        file,
                        "magic",
                        i,
                        legacy
                                ? "this is the older format (--dataset-impl lazy or cached), which is not read;"
                                        + " preprocess the text again"
                                : "expected MMIDIDX and two zero bytes; this is no index of Megatron-LM");
            }
        }
    }

    private static TokenType type(Path file, int code) {
        for (TokenType type : TokenType.values()) {
            if (type.code() == code) {
                return type;
            }
        }
        throw new DatasetFormatException(
                file,
                "dtype code",
                CODE_OFFSET,
                "expected 1 (u8), 2 (i8), 3 (i16), 4 (i32), 5 (i64) or 8 (u16) but is " + code);
    }

    long sizeOffset(long item) {
        return HEADER_BYTES + 4 * item;
    }

    long pointerOffset(long item) {
        return HEADER_BYTES + 4 * numItems + 8 * item;
    }

    long documentOffset(long entry) {
        return HEADER_BYTES + 12 * numItems + 8 * entry;
    }

    int size(MemorySegment index, long item) {
        return index.get(INT, sizeOffset(item));
    }

    long pointer(MemorySegment index, long item) {
        return index.get(LONG, pointerOffset(item));
    }

    long document(MemorySegment index, long entry) {
        return index.get(LONG, documentOffset(entry));
    }
}
