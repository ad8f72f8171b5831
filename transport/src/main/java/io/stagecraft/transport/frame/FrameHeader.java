package io.stagecraft.transport.frame;

/// Header of one frame: the message it belongs to and which bytes of it follow. Holds what arrived, so
/// nothing is checked here: see [FrameAssembler].
///
/// @param message the same in every frame of a message
/// @param chunkOffset position of the frame's first byte in the message
/// @param chunkLength bytes of the message in this frame
public record FrameHeader(MessageHeader message, long chunkOffset, int chunkLength) {}
