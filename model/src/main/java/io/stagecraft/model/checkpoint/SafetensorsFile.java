package io.stagecraft.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/// A safetensors file, mapped into memory for reading.
///
/// Opening checks the whole header: length, UTF-8, JSON without duplicate keys, sizes with checked
/// products, and that the tensors tile the data exactly. Nothing is allocated by a number in the
/// file before that number is checked.
///
/// - Errors: [CheckpointFormatException] with file, field and byte; [UncheckedIOException] if it
///   cannot be read.
/// - Thread: any, several at once; access after [#close] throws.
/// - Source: huggingface/safetensors, README, section "Format".
public final class SafetensorsFile implements AutoCloseable {
    private final Path path;
    private final SafetensorsHeader header;
    private final Arena arena;
    private final MemorySegment bytes;

    private SafetensorsFile(Path path, SafetensorsHeader header, Arena arena, MemorySegment bytes) {
        this.path = path;
        this.header = header;
        this.arena = arena;
        this.bytes = bytes;
    }

    /// Opens `path` with the default limits. The caller closes it.
    public static SafetensorsFile open(Path path) {
        return open(path, SafetensorsLimits.defaults());
    }

    /// Opens `path`. The caller closes it.
    public static SafetensorsFile open(Path path, SafetensorsLimits limits) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            var parser = new SafetensorsHeaderParser(path, size, limits);
            if (size < SafetensorsHeader.LENGTH_BYTES) {
                throw new CheckpointFormatException(
                        path, "header length", 0, "expected a safetensors file but it has only " + size + " bytes");
            }
            var length = ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            readFully(channel, length, 0, path);
            byte[] json = new byte[parser.checkedLength(length.getLong(0))];
            readFully(channel, ByteBuffer.wrap(json), SafetensorsHeader.LENGTH_BYTES, path);
            SafetensorsHeader header = parser.parse(json);
            return map(path, header, channel);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    private static SafetensorsFile map(Path path, SafetensorsHeader header, FileChannel channel) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, header.fileSizeBytes(), arena);
            return new SafetensorsFile(path, header, arena, bytes);
        } catch (IOException e) {
            arena.close();
            throw e;
        }
    }

    private static void readFully(FileChannel channel, ByteBuffer into, long offset, Path path) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into, offset + into.position()) < 0) {
                throw new CheckpointFormatException(
                        path, "header", offset + into.position(), "the file became shorter while it was read");
            }
        }
    }

    /// Where it lies.
    public Path path() {
        return path;
    }

    /// All tensors, in the order of their data.
    public List<TensorSpec> tensors() {
        return header.entries().values().stream()
                .map(SafetensorsHeader.Entry::spec)
                .toList();
    }

    /// Free text by key.
    public Map<String, String> metadata() {
        return Map.copyOf(header.metadata());
    }

    /// Whether there is a tensor `name`.
    public boolean contains(String name) {
        return header.entries().containsKey(name);
    }

    /// Type and extents of tensor `name`.
    public TensorSpec spec(String name) {
        return entry(name).spec();
    }

    /// The bytes of tensor `name`, read-only, mapped: borrowed until [#close]. Not aligned unless
    /// the writer saw to it.
    public MemorySegment tensor(String name) {
        SafetensorsHeader.Entry entry = entry(name);
        return bytes.asSlice(entry.fileOffsetBytes(), entry.spec().sizeBytes());
    }

    /// All elements of tensor `name`, converted; for tests and tools, not for weights.
    public double[] doubles(String name) {
        TensorSpec spec = spec(name);
        MemorySegment tensor = tensor(name);
        double[] values = new double[Math.toIntExact(spec.numElements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = spec.type().read(tensor, i);
        }
        return values;
    }

    private SafetensorsHeader.Entry entry(String name) {
        if (!header.entries().containsKey(name)) {
            throw new IllegalArgumentException(path + " has no tensor " + CheckpointFormatException.printable(name)
                    + "; it has " + header.entries().size() + " others");
        }
        return header.entries().get(name);
    }

    @Override
    public void close() {
        arena.close();
    }
}
