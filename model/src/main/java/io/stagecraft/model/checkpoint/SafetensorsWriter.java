package io.stagecraft.model.checkpoint;

import io.stagecraft.model.parallel.TensorPartition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// Writes a safetensors file whose tensors are known beforehand: the header first, then tensors or
/// ranks' parts of them in any order, each at its place.
///
/// - Errors: [IllegalArgumentException] for an unknown tensor or a part of a wrong size;
///   [UncheckedIOException] with path and cause.
/// - Thread: any; several ranks may write parts at once.
public final class SafetensorsWriter implements AutoCloseable {
    /// Most bytes of one write: a view of a segment as a byte buffer has an int for its size.
    private static final int MAX_WRITE_BYTES = 64 * 1024 * 1024;
    /// Rows of column-split parts are put together in a buffer of at most this size.
    private static final int GATHER_BYTES = 4 * 1024 * 1024;

    private final Path path;
    private final SafetensorsHeader header;
    private final FileChannel channel;
    /// Of each tensor; filled only for the writer of a whole file, and never changed in its keys
    /// after that.
    private final Map<String, AtomicLong> missingBytes = new HashMap<>();

    private SafetensorsWriter(Path path, SafetensorsHeader header, FileChannel channel) {
        this.path = path;
        this.header = header;
        this.channel = channel;
    }

    /// A new file at `path` for `tensors`, in this order, all of which this writer gets. The caller
    /// closes it.
    public static SafetensorsWriter create(Path path, List<TensorSpec> tensors, Map<String, String> metadata) {
        SafetensorsWriter writer =
                open(path, SafetensorsHeader.layOut(tensors, metadata), StandardOpenOption.CREATE_NEW);
        writer.header
                .entries()
                .forEach((name, entry) -> writer.missingBytes.put(
                        name, new AtomicLong(entry.spec().sizeBytes())));
        return writer;
    }

    /// A writer of one of several ranks that write one file, each with a writer of its own: all
    /// name the same path, tensors and metadata, whoever is first makes the file, each writes its
    /// own parts. That together they write everything is theirs to see to. The caller closes it.
    public static SafetensorsWriter join(Path path, List<TensorSpec> tensors, Map<String, String> metadata) {
        return open(path, SafetensorsHeader.layOut(tensors, metadata), StandardOpenOption.CREATE);
    }

    private static SafetensorsWriter open(Path path, SafetensorsHeader header, StandardOpenOption creation) {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, creation, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw failed(path, e);
        }
        var writer = new SafetensorsWriter(path, header, channel);
        try {
            writer.writeFully(ByteBuffer.wrap(header.encode()), 0);
            return writer;
        } catch (UncheckedIOException e) {
            writer.close();
            throw e;
        }
    }

    /// Where it is written.
    public Path path() {
        return path;
    }

    /// Writes all of tensor `name` from `source`.
    public void write(String name, MemorySegment source) {
        writePart(name, new TensorPartition.Replicated(), source);
    }

    /// Writes one rank's part of tensor `name` from `source`, which holds the part without gaps. Of
    /// a replicated tensor only one rank writes.
    public void writePart(String name, TensorPartition partition, MemorySegment source) {
        SafetensorsHeader.Entry entry = entry(name);
        PartitionSlices slices = PartitionSlices.of(entry.spec(), partition);
        requireSize(entry.spec(), source, slices.sizeBytes());
        long from = 0;
        long to = entry.fileOffsetBytes() + slices.offsetBytes();
        for (long piece = 0; piece < slices.numPieces(); piece++) {
            writeFully(source.asSlice(from, slices.pieceBytes()), to);
            from += slices.pieceBytes();
            to += slices.strideBytes();
        }
        written(name, slices.sizeBytes());
    }

    /// Writes all of tensor `name`, split along `dim`, from the parts of all ranks in rank order.
    /// As [#writePart] for each, but columns are put together in memory, so that the file is
    /// written in long pieces.
    public void writeParts(String name, int dim, List<MemorySegment> parts) {
        SafetensorsHeader.Entry entry = entry(name);
        if (dim == 0) {
            for (int rank = 0; rank < parts.size(); rank++) {
                writePart(name, new TensorPartition.Split(0, rank, parts.size()), parts.get(rank));
            }
            return;
        }
        var first = PartitionSlices.of(entry.spec(), new TensorPartition.Split(dim, 0, parts.size()));
        for (MemorySegment part : parts) {
            requireSize(entry.spec(), part, first.sizeBytes());
        }
        long rowsAtOnce =
                Math.clamp(GATHER_BYTES / Math.max(1, first.strideBytes()), 1, Math.max(1, first.numPieces()));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(Math.max(1, rowsAtOnce * first.strideBytes()));
            for (long row = 0; row < first.numPieces(); row += rowsAtOnce) {
                long num = Math.min(rowsAtOnce, first.numPieces() - row);
                gather(parts, first, row, rows.asSlice(0, num * first.strideBytes()));
                writeFully(
                        rows.asSlice(0, num * first.strideBytes()),
                        entry.fileOffsetBytes() + row * first.strideBytes());
            }
        }
        written(name, entry.spec().sizeBytes());
    }

    private static void gather(List<MemorySegment> parts, PartitionSlices slices, long firstRow, MemorySegment into) {
        long piece = slices.pieceBytes();
        long to = 0;
        for (long row = firstRow; to < into.byteSize(); row++) {
            for (MemorySegment part : parts) {
                MemorySegment.copy(part, row * piece, into, to, piece);
                to += piece;
            }
        }
    }

    /// Waits until what was written is on the disk, after [#complete].
    public void finish() {
        complete();
        try {
            channel.force(true);
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    /// Checks that nothing is missing; the bytes may be in the operating system's memory only.
    ///
    /// - Errors: [IllegalStateException] if the writer of a whole file was not given every byte.
    public void complete() {
        missingBytes.forEach((name, missing) -> {
            if (missing.get() != 0) {
                throw new IllegalStateException(path + ": of tensor " + CheckpointFormatException.printable(name) + " "
                        + missing.get() + " of " + entry(name).spec().sizeBytes()
                        + " bytes were not written; every rank must write its part once");
            }
        });
    }

    private void written(String name, long bytes) {
        if (missingBytes.containsKey(name) && missingBytes.get(name).addAndGet(-bytes) < 0) {
            throw new IllegalStateException(
                    path + ": tensor " + CheckpointFormatException.printable(name) + " was written more than once");
        }
    }

    private void writeFully(MemorySegment source, long offset) {
        for (long done = 0; done < source.byteSize(); done += MAX_WRITE_BYTES) {
            long num = Math.min(MAX_WRITE_BYTES, source.byteSize() - done);
            writeFully(source.asSlice(done, num).asByteBuffer(), offset + done);
        }
    }

    private void writeFully(ByteBuffer bytes, long offset) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes, offset + bytes.position());
            }
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    private static void requireSize(TensorSpec spec, MemorySegment source, long expected) {
        if (source.byteSize() != expected) {
            throw new IllegalArgumentException(
                    "writing a part of " + spec + ": expected " + expected + " bytes but got " + source.byteSize());
        }
    }

    private static UncheckedIOException failed(Path path, IOException e) {
        return new UncheckedIOException("cannot write " + path + ": " + e.getMessage(), e);
    }

    private SafetensorsHeader.Entry entry(String name) {
        if (!header.entries().containsKey(name)) {
            throw new IllegalArgumentException(
                    path + " was not created with a tensor " + CheckpointFormatException.printable(name));
        }
        return header.entries().get(name);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw failed(path, e);
        }
    }
}
