package io.stagecraft.transport.frame;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/// Bytes of a [FrameHeader]: the only class that knows offsets. Little-endian, 64 bytes, so that
/// the payload behind it keeps the alignment of the frame.
///
/// ```
///  0 int  magic and version     32 long step
///  4 int  link index            40 int  microbatch
///  8 long session nonce         44 int  chunk length
/// 16 long sequence              48 long chunk offset
/// 24 long message length        56 int  number of the buffer + 1, 0 if bytes follow
///                               60 int  zero
/// ```
public final class FrameCodec {
    /// Bytes before the payload of a frame.
    public static final int HEADER_BYTES = 64;

    /// "SGC" and version 2.
    private static final int MAGIC = 0x02434753;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int MAGIC_AT = 0;
    private static final int LINK_AT = 4;
    private static final int NONCE_AT = 8;
    private static final int SEQUENCE_AT = 16;
    private static final int MESSAGE_LENGTH_AT = 24;
    private static final int STEP_AT = 32;
    private static final int MICROBATCH_AT = 40;
    private static final int CHUNK_LENGTH_AT = 44;
    private static final int CHUNK_OFFSET_AT = 48;
    private static final int PLACE_AT = 56;
    private static final int ZERO_AT = 60;

    private FrameCodec() {}

    /// Writes `header` at `offset` of `buffer`.
    public static void encode(FrameHeader header, MutableDirectBuffer buffer, int offset) {
        MessageHeader message = header.message();
        buffer.putInt(offset + MAGIC_AT, MAGIC, ORDER);
        buffer.putInt(offset + LINK_AT, message.linkIndex(), ORDER);
        buffer.putLong(offset + NONCE_AT, message.sessionNonce(), ORDER);
        buffer.putLong(offset + SEQUENCE_AT, message.sequence(), ORDER);
        buffer.putLong(offset + MESSAGE_LENGTH_AT, message.lengthBytes(), ORDER);
        buffer.putLong(offset + STEP_AT, message.step(), ORDER);
        buffer.putInt(offset + MICROBATCH_AT, message.microbatch(), ORDER);
        buffer.putInt(offset + CHUNK_LENGTH_AT, header.chunkLength(), ORDER);
        buffer.putLong(offset + CHUNK_OFFSET_AT, header.chunkOffset(), ORDER);
        buffer.putInt(offset + PLACE_AT, header.place() + 1, ORDER);
        buffer.putInt(offset + ZERO_AT, 0, ORDER);
    }

    /// Whether the `length` bytes at `offset` begin with a header of this version.
    public static boolean isFrame(DirectBuffer buffer, int offset, int length) {
        return length >= HEADER_BYTES && buffer.getInt(offset + MAGIC_AT, ORDER) == MAGIC;
    }

    /// Reads the header at `offset` of `buffer`, for which [#isFrame] holds.
    public static FrameHeader decode(DirectBuffer buffer, int offset) {
        var message = new MessageHeader(
                buffer.getLong(offset + NONCE_AT, ORDER),
                buffer.getInt(offset + LINK_AT, ORDER),
                buffer.getLong(offset + SEQUENCE_AT, ORDER),
                buffer.getLong(offset + STEP_AT, ORDER),
                buffer.getInt(offset + MICROBATCH_AT, ORDER),
                buffer.getLong(offset + MESSAGE_LENGTH_AT, ORDER));
        return new FrameHeader(
                message,
                buffer.getLong(offset + CHUNK_OFFSET_AT, ORDER),
                buffer.getInt(offset + CHUNK_LENGTH_AT, ORDER),
                buffer.getInt(offset + PLACE_AT, ORDER) - 1);
    }
}
