package io.stagecraft.transport.frame;

/// Header of one frame: the message it belongs to, and which bytes of it follow or in which buffer
/// of the receiver they are. Holds what arrived, so nothing is checked here: see [FrameAssembler].
///
/// @param message the same in every frame of a message
/// @param chunkOffset position of the frame's first byte in the message
/// @param chunkLength bytes of the message in this frame
/// @param place number of the buffer that holds the whole message, [#NOWHERE] if bytes follow
public record FrameHeader(MessageHeader message, long chunkOffset, int chunkLength, int place) {
    /// Of a frame with bytes of its message.
    static final int NOWHERE = -1;

    /// Of `chunkLength` bytes from `chunkOffset` on, which follow.
    public static FrameHeader chunk(MessageHeader message, long chunkOffset, int chunkLength) {
        return new FrameHeader(message, chunkOffset, chunkLength, NOWHERE);
    }

    /// Of a message that is in buffer `place`.
    public static FrameHeader placed(MessageHeader message, int place) {
        return new FrameHeader(message, 0, 0, place);
    }

    boolean isPlaced() {
        return place != NOWHERE;
    }
}
