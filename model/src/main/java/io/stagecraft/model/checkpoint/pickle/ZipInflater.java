package io.stagecraft.model.checkpoint.pickle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// The bytes of an entry of a zip file: a part of the file if it is stored, memory outside the heap
/// if it was deflated.
final class ZipInflater {
    private static final int CHUNK_BYTES = 1 << 16;

    private ZipInflater() {}

    /// The unpacked bytes of `entry`; memory for them, where needed, comes from `arena`.
    static ByteRange unpack(ZipEntries.Entry entry, ZipLimits limits, Arena arena) {
        ByteRange packed = entry.packed();
        if (entry.method() == 0) {
            return packed;
        }
        long most =
                Math.min(limits.maxInflatedBytes(), Math.multiplyExact(packed.size() + 1, (long) limits.maxRatio()));
        if (entry.sizeBytes() > most) {
            throw packed.fault(
                    "size",
                    0,
                    packed.size() + " bytes that become " + entry.sizeBytes()
                            + " are no weights; the limit is " + limits.maxRatio() + " times as many and "
                            + limits.maxInflatedBytes());
        }
        MemorySegment unpacked = arena.allocate(entry.sizeBytes());
        inflate(packed, unpacked, entry.crc32());
        return new ByteRange(packed.file(), packed.label(), unpacked, 0);
    }

    private static void inflate(ByteRange packed, MemorySegment unpacked, long expectedCrc) {
        var sum = new CRC32();
        byte[] input = new byte[CHUNK_BYTES];
        byte[] output = new byte[CHUNK_BYTES];
        long from = 0;
        long to = 0;
        try (var inflater = new Inflater(true)) {
            while (!inflater.finished()) {
                if (inflater.needsInput()) {
                    int length = (int) Math.min(CHUNK_BYTES, packed.size() - from);
                    if (length == 0) {
                        throw packed.fault("data", from, "ends before what was compressed does");
                    }
                    MemorySegment.copy(packed.bytes(), ValueLayout.JAVA_BYTE, from, input, 0, length);
                    inflater.setInput(input, 0, length);
                    from += length;
                }
                int length = inflater.inflate(output);
                if (length > unpacked.byteSize() - to || length == 0 && inflater.needsDictionary()) {
                    throw packed.fault("data", from, "becomes more than the " + unpacked.byteSize() + " bytes it says");
                }
                MemorySegment.copy(output, 0, unpacked, ValueLayout.JAVA_BYTE, to, length);
                sum.update(output, 0, length);
                to += length;
            }
        } catch (DataFormatException e) {
            throw packed.fault("data", from, "is not deflated: " + e.getMessage());
        }
        if (to != unpacked.byteSize() || sum.getValue() != expectedCrc) {
            throw packed.fault("data", 0, "becomes other bytes than the directory says: the file is damaged");
        }
    }
}
