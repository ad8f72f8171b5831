package io.stagecraft.transport.frame;

/// What every frame of one message says about the message. Holds what arrived, so nothing is
/// checked here: see [FrameAssembler].
///
/// @param sessionNonce names the run: two runs that meet on a stream tell their frames apart by it
/// @param linkIndex index of the link
/// @param sequence position among the messages of the link, from 0
/// @param step given by the sender
/// @param microbatch given by the sender
/// @param lengthBytes of the whole message
public record MessageHeader(
        long sessionNonce, int linkIndex, long sequence, long step, int microbatch, long lengthBytes) {}
