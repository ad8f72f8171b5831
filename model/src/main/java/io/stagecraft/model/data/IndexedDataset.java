package io.stagecraft.model.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/// Token ids in Megatron-LM's `.bin` and `.idx` files, memory-mapped: items (for GPT a text, for
/// BERT a sentence) of tokens, and documents of items.
///
/// Opening reads the header and the ends of the lists only; [IndexedDatasetCheck] reads everything.
/// Every access is checked, so a damaged file gives an error and never bytes of something else.
///
/// - Memory: what is read of the files, in the page cache. [#close] gives it back; then every
///   access throws an [IllegalStateException].
/// - Thread: any number may read at once.
/// - Source: Megatron-LM's `indexed_dataset.py`, class `MMapIndexedDataset`.
public final class IndexedDataset implements TokenItems {
    private final IndexedDatasetFiles files;
    private final Arena arena;
    private final MemorySegment index;
    private final MemorySegment tokens;
    private final IndexLayout layout;

    private IndexedDataset(
            IndexedDatasetFiles files, Arena arena, MemorySegment index, MemorySegment tokens, IndexLayout layout) {
        this.files = files;
        this.arena = arena;
        this.index = index;
        this.tokens = tokens;
        this.layout = layout;
    }

    /// Maps `prefix.bin` and `prefix.idx`.
    ///
    /// - Errors: [DatasetFormatException] if the index is malformed or names more than `.bin` has;
    ///   [UncheckedIOException] naming the file if one is missing or cannot be read.
    public static IndexedDataset open(Path prefix) {
        IndexedDatasetFiles files = IndexedDatasetFiles.of(prefix);
        Arena arena = Arena.ofShared();
        try {
            MemorySegment index = map(files.idx(), arena);
            IndexLayout layout = IndexLayout.read(files.idx(), index);
            var dataset = new IndexedDataset(files, arena, index, map(files.bin(), arena), layout);
            dataset.checkEnds();
            return dataset;
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(Path file, Arena arena) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            String why = Files.exists(file) ? e.toString() : "there is no such file";
            throw new UncheckedIOException("cannot open the data set's file " + file + ": " + why, e);
        }
    }

    private void checkEnds() {
        long first = layout.document(index, 0);
        if (first != 0) {
            throw fault("first document", layout.documentOffset(0), "must begin at item 0 but begins at " + first);
        }
        long lastEntry = layout.numDocumentEntries() - 1;
        long end = layout.document(index, lastEntry);
        if (end != numItems()) {
            throw fault(
                    "end of the last document",
                    layout.documentOffset(lastEntry),
                    "must be the number of items, " + numItems() + ", but is " + end);
        }
        if (numItems() > 0) {
            start(numItems() - 1);
        }
    }

    /// Number of items.
    @Override
    public long numItems() {
        return layout.numItems();
    }

    /// Number of documents.
    public long numDocuments() {
        return layout.numDocumentEntries() - 1;
    }

    /// The first item of `document`; that of [#numDocuments] is [#numItems].
    ///
    /// - Errors: [DatasetFormatException] if the index names none that is there.
    public long firstItem(long document) {
        long item = layout.document(index, Objects.checkIndex(document, layout.numDocumentEntries()));
        if (item < 0 || item > numItems()) {
            throw fault(
                    "document " + document,
                    layout.documentOffset(document),
                    "must begin at an item in [0, " + numItems() + "] but begins at " + item);
        }
        return item;
    }

    /// Number of tokens of `item`.
    ///
    /// - Errors: [DatasetFormatException] if it is negative; [IndexOutOfBoundsException].
    @Override
    public int length(long item) {
        int length = layout.size(index, Objects.checkIndex(item, numItems()));
        if (length < 0) {
            throw fault("size of item " + item, layout.sizeOffset(item), "must be >= 0 but is " + length);
        }
        return length;
    }

    /// Number of tokens that `.bin` has.
    public long numTokens() {
        return tokens.byteSize() / layout.type().numBytes();
    }

    /// How tokens are stored.
    public TokenType type() {
        return layout.type();
    }

    /// `into[offset + i]` = token `from + i` of `item`, for `i < num`. Allocates nothing.
    ///
    /// - Errors: [DatasetFormatException] if the item does not lie in `.bin` or holds an id beyond
    ///   an `int`; [IndexOutOfBoundsException] if the range is not in the item or not in `into`.
    @Override
    public void copy(long item, long from, int num, int[] into, int offset) {
        Objects.checkFromIndexSize(from, num, (long) length(item));
        Objects.checkFromIndexSize(offset, num, into.length);
        long at = offsetBytes(item, from);
        try {
            layout.type().copy(tokens, at, num, into, offset);
        } catch (ArithmeticException e) {
            throw new DatasetFormatException(
                    files.bin(), "tokens of item " + item, at, "expected ids within 32 bits but one is larger");
        }
    }

    /// Where token `place` of `item` lies in `.bin`, in bytes.
    long offsetBytes(long item, long place) {
        return start(item) + place * layout.type().numBytes();
    }

    /// Where `item` lies in `.bin`, in bytes; all of it is there.
    private long start(long item) {
        long start = layout.pointer(index, item);
        long numBytes = (long) length(item) * layout.type().numBytes();
        if (start < 0 || start > tokens.byteSize() - numBytes) {
            throw new DatasetFormatException(
                    files.bin(),
                    "item " + item,
                    tokens.byteSize(),
                    "the index puts it at bytes [" + start + ", " + start + " + " + numBytes + ") but the file has "
                            + tokens.byteSize() + "; it is cut short or belongs to another index");
        }
        return start;
    }

    private DatasetFormatException fault(String field, long offsetBytes, String fault) {
        return new DatasetFormatException(files.idx(), field, offsetBytes, fault);
    }

    /// The files it reads.
    public IndexedDatasetFiles files() {
        return files;
    }

    IndexLayout layout() {
        return layout;
    }

    MemorySegment index() {
        return index;
    }

    MemorySegment tokens() {
        return tokens;
    }

    @Override
    public void close() {
        arena.close();
    }
}
