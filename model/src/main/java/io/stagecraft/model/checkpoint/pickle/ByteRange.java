package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// Part of a file, in memory or mapped. Borrowed.
///
/// @param file the file
/// @param label what part of it this is, for errors
/// @param bytes the bytes
/// @param startBytes where they begin in the file; 0 if they were inflated
record ByteRange(Path file, String label, MemorySegment bytes, long startBytes) {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    long size() {
        return bytes.byteSize();
    }

    /// `length` bytes from `offset`, called `label`. The caller has checked that they are there.
    ByteRange slice(String label, long offset, long length) {
        return new ByteRange(file, label, bytes.asSlice(offset, length), startBytes + offset);
    }

    int u8(long at) {
        return bytes.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    int u16(long at) {
        return bytes.get(SHORT, at) & 0xFFFF;
    }

    long u32(long at) {
        return bytes.get(INT, at) & 0xFFFFFFFFL;
    }

    long i64(long at) {
        return bytes.get(LONG, at);
    }

    /// Requires `length` bytes of `field` at `at`.
    void require(String field, long at, long length) {
        if (at < 0 || length < 0 || at > size() || length > size() - at) {
            throw fault(
                    field,
                    Math.clamp(at, 0, size()),
                    "expected " + Long.toUnsignedString(length) + " bytes but the file has " + Math.max(0, size() - at)
                            + " here: it was cut short or is damaged");
        }
    }

    /// A fault of `field`, `at` bytes into this part.
    CheckpointFormatException fault(String field, long at, String text) {
        return new CheckpointFormatException(
                file, label.isEmpty() ? field : label + ", " + field, startBytes + at, text);
    }
}
