package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads the arguments of opcodes. Every length is compared with the limits and with what is left
/// of the file before anything is allocated by it.
final class PickleInput {
    private static final int MAX_LINE_BYTES = 4096;

    private final ByteRange range;
    private final PickleLimits limits;
    private long position;
    private long opcodeAt;
    private String opcode = "pickle";
    private long totalTextBytes;

    PickleInput(ByteRange range, PickleLimits limits) {
        this.range = range;
        this.limits = limits;
    }

    long position() {
        return position;
    }

    int opcode() {
        opcodeAt = position;
        opcode = "pickle";
        int code = u8();
        opcode = "opcode '" + (code > ' ' && code < 0x7F ? String.valueOf((char) code) : "\\x%02x".formatted(code))
                + "'";
        return code;
    }

    /// A fault of the current opcode.
    CheckpointFormatException fault(String text) {
        return range.fault(opcode, opcodeAt, text);
    }

    int u8() {
        return range.u8(take(1));
    }

    int u16() {
        return range.u16(take(2));
    }

    int i32() {
        return (int) range.u32(take(4));
    }

    long u32() {
        return range.u32(take(4));
    }

    long i64() {
        return range.i64(take(8));
    }

    double bigEndianDouble() {
        return Double.longBitsToDouble(Long.reverseBytes(i64()));
    }

    /// A length of 8 bytes; negative if it is beyond 63 bits.
    byte[] bytes(long length) {
        if (length < 0 || length > limits.maxTextBytes()) {
            throw fault(
                    "a string of " + Long.toUnsignedString(length) + " bytes, the limit is " + limits.maxTextBytes());
        }
        totalTextBytes += length;
        if (totalTextBytes > limits.maxTotalTextBytes()) {
            throw fault("more than " + limits.maxTotalTextBytes() + " bytes of strings");
        }
        byte[] copy = new byte[(int) checked(length)];
        MemorySegment.copy(range.bytes(), ValueLayout.JAVA_BYTE, take(length), copy, 0, copy.length);
        return copy;
    }

    String text(long length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes(length)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw fault("expected UTF-8");
        }
    }

    /// A line without its end.
    String line() {
        long end = position;
        while (end < range.size() && end - position <= MAX_LINE_BYTES && range.u8(end) != '\n') {
            end++;
        }
        if (end == range.size() || end - position > MAX_LINE_BYTES) {
            throw fault("expected the end of a line within " + MAX_LINE_BYTES + " bytes");
        }
        String line = text(end - position);
        position++;
        return line;
    }

    /// An integer of `length` bytes, two's complement, little-endian.
    BigInteger integer(long length) {
        if (length < 0 || length > limits.maxIntegerBytes()) {
            throw fault("an integer of " + length + " bytes, the limit is " + limits.maxIntegerBytes());
        }
        byte[] littleEndian = bytes(length);
        byte[] bigEndian = new byte[littleEndian.length + 1];
        for (int i = 0; i < littleEndian.length; i++) {
            bigEndian[littleEndian.length - i] = littleEndian[i];
        }
        bigEndian[0] = (byte) (littleEndian.length > 0 && littleEndian[littleEndian.length - 1] < 0 ? -1 : 0);
        return new BigInteger(bigEndian);
    }

    /// Requires that the frame of `length` bytes lies in the file.
    void frame(long length) {
        checked(length);
    }

    private long checked(long length) {
        if (length < 0 || length > range.size() - position) {
            throw fault("wants " + Long.toUnsignedString(length) + " bytes but only " + (range.size() - position)
                    + " are left: the file was cut short or is damaged");
        }
        return length;
    }

    private long take(long length) {
        long at = position;
        position += checked(length);
        return at;
    }
}
