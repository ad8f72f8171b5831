package io.stagecraft.model.checkpoint.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/// Writes a zip file of entries that are stored as they are, each beginning at a multiple of 64
/// bytes, as PyTorch's own writer lays them. Entries, offsets and counts beyond 32 bits are written
/// as Zip64.
///
/// An entry is read once: its sum is put into its header after it was written.
///
/// - Errors: [UncheckedIOException] naming the file.
/// - Thread: one.
/// - Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3; PyTorch 1.13,
///   `caffe2/serialize/inline_container.cc`.
final class StoredZipWriter implements AutoCloseable {
    private static final int ALIGNMENT_BYTES = 64;
    private static final int MOST_BYTES_AT_ONCE = 64 * 1024 * 1024;
    private static final int LOCAL_HEADER_BYTES = 30;
    private static final int CENTRAL_HEADER_BYTES = 46;
    private static final int OFFSET_OF_CRC = 14;
    private static final int ZIP64_ID = 1;
    /// Of an extra field that holds nothing but space.
    private static final int PADDING_ID = 0x4246;

    private static final int EXTRA_HEADER_BYTES = 4;
    private static final int UTF_8_NAMES = 1 << 11;
    private static final short PLAIN_VERSION = 20;
    private static final short ZIP64_VERSION = 45;

    /// 1 January 1980, the first day that a zip knows: equal content makes an equal file.
    private static final short DATE = (1 << 5) + 1;

    private final Path path;
    private final FileChannel channel;
    private final long limit;
    private final List<Entry> entries = new ArrayList<>();
    private long at;

    private record Entry(byte[] name, long sizeBytes, int crc, long headerOffset) {}

    private StoredZipWriter(Path path, FileChannel channel, long limit) {
        this.path = path;
        this.channel = channel;
        this.limit = limit;
    }

    /// A new file at `path`. The caller closes it.
    static StoredZipWriter create(Path path) {
        return create(path, 0xFFFFFFFFL);
    }

    /// As [#create], but sizes and offsets of `limit` bytes and more are written as Zip64.
    static StoredZipWriter create(Path path, long limit) {
        try {
            return new StoredZipWriter(
                    path, FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), limit);
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    /// Appends an entry `name` with the bytes of `content`.
    void add(String name, MemorySegment content) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        long headerOffset = at;
        long size = content.byteSize();
        write(localHeader(nameBytes, size));
        var crc = new CRC32();
        for (long done = 0; done < size; done += MOST_BYTES_AT_ONCE) {
            ByteBuffer piece = content.asSlice(done, Math.min(MOST_BYTES_AT_ONCE, size - done))
                    .asByteBuffer();
            crc.update(piece.duplicate());
            write(piece);
        }
        int sum = (int) crc.getValue();
        writeAt(little(Integer.BYTES).putInt(0, sum), headerOffset + OFFSET_OF_CRC);
        entries.add(new Entry(nameBytes, size, sum, headerOffset));
    }

    private ByteBuffer localHeader(byte[] name, long size) {
        boolean large = size >= limit;
        int zip64Bytes = large ? EXTRA_HEADER_BYTES + 2 * Long.BYTES : 0;
        long unpadded = at + LOCAL_HEADER_BYTES + name.length + zip64Bytes + EXTRA_HEADER_BYTES;
        int padding = (int) (Math.ceilDiv(unpadded, (long) ALIGNMENT_BYTES) * ALIGNMENT_BYTES - unpadded);
        int extraBytes = zip64Bytes + EXTRA_HEADER_BYTES + padding;
        ByteBuffer header = little(LOCAL_HEADER_BYTES + name.length + extraBytes);
        header.putInt(0x04034B50);
        common(header, large ? ZIP64_VERSION : PLAIN_VERSION, 0, size);
        header.putShort((short) name.length).putShort((short) extraBytes).put(name);
        if (large) {
            header.putShort((short) ZIP64_ID)
                    .putShort((short) (2 * Long.BYTES))
                    .putLong(size)
                    .putLong(size);
        }
        header.putShort((short) PADDING_ID).putShort((short) padding);
        return header.position(0);
    }

    /// From the version needed up to the uncompressed size.
    private void common(ByteBuffer header, short version, int crc, long size) {
        int sizeField = size >= limit ? -1 : (int) size;
        header.putShort(version)
                .putShort((short) UTF_8_NAMES)
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort(DATE)
                .putInt(crc)
                .putInt(sizeField)
                .putInt(sizeField);
    }

    /// Writes the directory and waits until the file is on the disk.
    void finish() {
        long start = at;
        entries.forEach(entry -> write(centralHeader(entry)));
        long size = at - start;
        boolean large = start >= limit || size >= limit || entries.size() >= 0xFFFF;
        if (large) {
            zip64End(start, size);
        }
        ByteBuffer end = little(22);
        short count = (short) (large ? 0xFFFF : entries.size());
        end.putInt(0x06054B50).putInt(0).putShort(count).putShort(count);
        end.putInt(large ? -1 : (int) size).putInt(large ? -1 : (int) start).putShort((short) 0);
        write(end.position(0));
        try {
            channel.force(true);
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    private ByteBuffer centralHeader(Entry entry) {
        boolean largeSize = entry.sizeBytes() >= limit;
        boolean largeOffset = entry.headerOffset() >= limit;
        int valueBytes = (largeSize ? 2 * Long.BYTES : 0) + (largeOffset ? Long.BYTES : 0);
        int extraBytes = valueBytes == 0 ? 0 : EXTRA_HEADER_BYTES + valueBytes;
        short version = valueBytes == 0 ? PLAIN_VERSION : ZIP64_VERSION;
        ByteBuffer header = little(CENTRAL_HEADER_BYTES + entry.name().length + extraBytes);
        header.putInt(0x02014B50).putShort(version);
        common(header, version, entry.crc(), entry.sizeBytes());
        header.putShort((short) entry.name().length).putShort((short) extraBytes);
        header.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0);
        header.putInt(largeOffset ? -1 : (int) entry.headerOffset());
        header.put(entry.name());
        if (valueBytes > 0) {
            header.putShort((short) ZIP64_ID).putShort((short) valueBytes);
        }
        if (largeSize) {
            header.putLong(entry.sizeBytes()).putLong(entry.sizeBytes());
        }
        if (largeOffset) {
            header.putLong(entry.headerOffset());
        }
        return header.position(0);
    }

    private void zip64End(long start, long size) {
        long offset = at;
        ByteBuffer end = little(56);
        end.putInt(0x06064B50).putLong(44).putShort(ZIP64_VERSION).putShort(ZIP64_VERSION);
        end.putInt(0).putInt(0).putLong(entries.size()).putLong(entries.size());
        end.putLong(size).putLong(start);
        write(end.position(0));
        ByteBuffer locator = little(20);
        locator.putInt(0x07064B50).putInt(0).putLong(offset).putInt(1);
        write(locator.position(0));
    }

    private static ByteBuffer little(int numBytes) {
        return ByteBuffer.allocate(numBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void write(ByteBuffer bytes) {
        int num = bytes.remaining();
        writeAt(bytes, at);
        at += num;
    }

    private void writeAt(ByteBuffer bytes, long offset) {
        try {
            long to = offset;
            while (bytes.hasRemaining()) {
                to += channel.write(bytes, to);
            }
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    private static UncheckedIOException failed(Path path, IOException e) {
        return new UncheckedIOException("cannot write " + path + ": " + e, e);
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
