package io.stagecraft.model.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// Arrays of whole numbers in NumPy's `.npy` format, version 1.0, mapped into memory.
///
/// Only the array that the caller expects is read: its header is known to the last letter but for
/// the spaces at its end, so that nothing in the file decides what is allocated or mapped.
///
/// - Errors: [NpyFormatException] with file, field and byte; [UncheckedIOException].
/// - Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
public final class NpyFile {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int PREFIX_BYTES = MAGIC.length + 2;
    private static final int ALIGNMENT = 64;
    private static final int BLOCK_BYTES = 1 << 16;

    private NpyFile() {}

    /// Maps `path`, which must hold an array of `expected` type and extents, read-only until
    /// `arena` closes.
    public static NpyArray map(Path path, NpyShape expected, Arena arena) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            ByteBuffer prefix = read(path, channel, 0, PREFIX_BYTES);
            if (!Arrays.equals(MAGIC, 0, MAGIC.length, prefix.array(), 0, MAGIC.length)) {
                throw new NpyFormatException(path, "magic", 0, "this is not an .npy file of version 1.0");
            }
            int headerBytes = Short.toUnsignedInt(prefix.getShort(MAGIC.length));
            String header = StandardCharsets.ISO_8859_1
                    .decode(read(path, channel, PREFIX_BYTES, headerBytes))
                    .toString();
            if (!header.stripTrailing().equals(dictionary(expected))) {
                throw new NpyFormatException(
                        path,
                        "header",
                        PREFIX_BYTES,
                        "expected " + dictionary(expected) + ", got " + printable(header));
            }
            long dataOffset = PREFIX_BYTES + headerBytes;
            if (size - dataOffset != expected.sizeBytes()) {
                throw new NpyFormatException(
                        path,
                        "data",
                        dataOffset,
                        "expected " + expected.sizeBytes() + " bytes, got " + (size - dataOffset));
            }
            return new NpyArray(
                    channel.map(FileChannel.MapMode.READ_ONLY, dataOffset, expected.sizeBytes(), arena), expected);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    /// Creates the new file `path` with an array of zeros and maps it for writing until `arena`
    /// closes.
    ///
    /// The zeros are written through the channel first, so that a full disk is an error here and
    /// not a fault of memory later.
    static NpyArray create(Path path, NpyShape shape, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            byte[] header = header(shape);
            writeFully(channel, ByteBuffer.wrap(header));
            var zeros = ByteBuffer.allocate(BLOCK_BYTES);
            for (long left = shape.sizeBytes(); left > 0; left -= zeros.limit()) {
                zeros.clear().limit((int) Math.min(BLOCK_BYTES, left));
                writeFully(channel, zeros);
            }
            return new NpyArray(
                    channel.map(FileChannel.MapMode.READ_WRITE, header.length, shape.sizeBytes(), arena), shape);
        }
    }

    private static byte[] header(NpyShape shape) {
        String dictionary = dictionary(shape);
        int length = (PREFIX_BYTES + dictionary.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        var header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).putShort((short) (length - PREFIX_BYTES));
        header.put(dictionary.getBytes(StandardCharsets.ISO_8859_1));
        while (header.remaining() > 1) {
            header.put((byte) ' ');
        }
        return header.put((byte) '\n').array();
    }

    private static String dictionary(NpyShape shape) {
        return "{'descr': '" + shape.type().code() + "', 'fortran_order': False, 'shape': " + shape.tuple() + ", }";
    }

    private static ByteBuffer read(Path path, FileChannel channel, long offset, int num) throws IOException {
        var bytes = ByteBuffer.allocate(num).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) {
                throw new NpyFormatException(
                        path, "header", offset, "expected " + num + " bytes, got " + bytes.position());
            }
        }
        return bytes.flip();
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static String printable(String header) {
        var shown = new StringBuilder();
        header.stripTrailing().chars().limit(120).forEach(c -> shown.append(c >= ' ' && c < 0x7F ? (char) c : '?'));
        return shown.toString();
    }
}
