package io.stagecraft.model.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Writes Megatron-LM's `.bin` and `.idx` files, item by item, in bounded memory: nothing is kept
/// of what was written.
///
/// Everything goes into temporary files beside the targets (`.tmp`). [#commit] takes an older index
/// away, then puts `.bin` and at last `.idx` into place: an index never stands beside tokens that
/// are not its own, wherever a run is stopped. Without [#commit], [#close] removes the temporary
/// files; those of a killed run are overwritten by the next one.
///
/// - Errors: [UncheckedIOException] naming the file, also if another writer is at the same prefix.
/// - Thread: one.
/// - Source: Megatron-LM's `indexed_dataset.py`, class `MMapIndexedDatasetBuilder`.
public final class IndexedDatasetWriter implements AutoCloseable {
    private static final String TEMPORARY = ".tmp";

    private final IndexedDatasetFiles files;
    private final TokenType type;
    private final AppendedFile tokens;
    private final AppendedFile sizes;
    private final AppendedFile documents;
    private int itemTokens;
    private long numItems;
    private long numDocuments;

    private IndexedDatasetWriter(
            IndexedDatasetFiles files,
            TokenType type,
            AppendedFile tokens,
            AppendedFile sizes,
            AppendedFile documents) {
        this.files = files;
        this.type = type;
        this.tokens = tokens;
        this.sizes = sizes;
        this.documents = documents;
        documents.putLong(0);
    }

    /// Begins the data set `prefix`; what stands there stays until [#commit].
    public static IndexedDatasetWriter create(Path prefix, TokenType type) {
        IndexedDatasetFiles files = IndexedDatasetFiles.of(prefix);
        AppendedFile tokens = AppendedFile.create(temporary(files.bin(), ""));
        AppendedFile sizes = createBeside(temporary(files.idx(), ".sizes"), tokens);
        AppendedFile documents = createBeside(temporary(files.idx(), ".documents"), tokens, sizes);
        return new IndexedDatasetWriter(files, type, tokens, sizes, documents);
    }

    private static AppendedFile createBeside(Path path, AppendedFile... others) {
        try {
            return AppendedFile.create(path);
        } catch (UncheckedIOException e) {
            for (AppendedFile other : others) {
                other.close();
            }
            throw e;
        }
    }

    private static Path temporary(Path file, String part) {
        return file.resolveSibling(file.getFileName() + part + TEMPORARY);
    }

    /// Adds the item `ids[from .. from + num)`.
    ///
    /// - Errors: [IllegalArgumentException] for an id that [TokenType] of this writer does not
    ///   hold.
    public void item(int[] ids, int from, int num) {
        append(ids, from, num);
        endItem();
    }

    /// Adds tokens `ids[from .. from + num)` to an item that [#endItem] ends.
    ///
    /// - Errors: as [#item]; [ArithmeticException] if the item would have more than 2^31 - 1
    ///   tokens.
    public void append(int[] ids, int from, int num) {
        Objects.checkFromIndexSize(from, num, ids.length);
        itemTokens = Math.addExact(itemTokens, num);
        for (int i = from; i < from + num; i++) {
            put(ids[i]);
        }
    }

    /// Ends an item; it may be empty.
    public void endItem() {
        sizes.putInt(itemTokens);
        itemTokens = 0;
        numItems++;
    }

    private void put(int id) {
        ByteBuffer room = tokens.room(type.numBytes());
        boolean fits = switch (type) {
            case UINT8 -> put(room, (byte) id, id == (id & 0xFF));
            case INT8 -> put(room, (byte) id, id == (byte) id);
            case INT16 -> put(room, (short) id, id == (short) id);
            case UINT16 -> put(room, (short) id, id == (id & 0xFFFF));
            case INT32 -> put(room, id);
            case INT64 -> put(room, (long) id);
        };
        if (!fits) {
            throw new IllegalArgumentException(
                    "token " + id + " of item " + numItems + " of " + files.bin() + " does not fit into " + type);
        }
    }

    private static boolean put(ByteBuffer room, byte value, boolean fits) {
        room.put(value);
        return fits;
    }

    private static boolean put(ByteBuffer room, short value, boolean fits) {
        room.putShort(value);
        return fits;
    }

    private static boolean put(ByteBuffer room, int value) {
        room.putInt(value);
        return true;
    }

    private static boolean put(ByteBuffer room, long value) {
        room.putLong(value);
        return true;
    }

    /// Ends a document: all items since the last one belong to it.
    public void endDocument() {
        documents.putLong(numItems);
        numDocuments++;
    }

    /// Tokens of the item that is not ended yet.
    public int numItemTokens() {
        return itemTokens;
    }

    /// Items so far.
    public long numItems() {
        return numItems;
    }

    /// Documents so far.
    public long numDocuments() {
        return numDocuments;
    }

    /// Tokens so far.
    public long numTokens() {
        return tokens.numBytes() / type.numBytes();
    }

    /// Completes the data set and puts it into place. Nothing can be added then.
    public void commit() {
        try (AppendedFile index = AppendedFile.create(temporary(files.idx(), ""))) {
            writeIndex(index);
            Files.deleteIfExists(files.idx());
            tokens.commit(files.bin());
            index.commit(files.idx());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot replace the index " + files.idx() + ": " + e, e);
        }
    }

    private void writeIndex(AppendedFile index) {
        for (byte b : IndexLayout.magic()) {
            index.room(1).put(b);
        }
        index.putLong(IndexLayout.VERSION);
        index.room(1).put((byte) type.code());
        index.putLong(numItems);
        index.putLong(documents.numBytes() / Long.BYTES);
        sizes.replay(Integer.BYTES, from -> index.putInt(from.getInt()));
        var pointer = new Object() {
            private long bytes;
        };
        sizes.replay(Integer.BYTES, from -> {
            index.putLong(pointer.bytes);
            pointer.bytes += (long) from.getInt() * type.numBytes();
        });
        documents.replay(Long.BYTES, from -> index.putLong(from.getLong()));
    }

    @Override
    public void close() {
        tokens.close();
        sizes.close();
        documents.close();
    }
}
