package io.stagecraft.transport.frame;

import io.stagecraft.transport.LinkSender;
import io.stagecraft.transport.SendResult;
import java.lang.foreign.MemorySegment;

/// Sending end of a link to another JVM. A message goes out in chunks of the largest frame that
/// needs no fragmentation, each copied once, from the payload into Aeron's log.
///
/// A sender that finds nobody listening for too long throws [IllegalStateException].
///
/// Thread: one.
public final class ChunkedSender implements LinkSender {
    private final FramePublication frames;
    private final long sessionNonce;
    private final OutgoingMessage message;

    /// Takes ownership of `frames` and `message`.
    public ChunkedSender(FramePublication frames, long sessionNonce, OutgoingMessage message) {
        this.frames = frames;
        this.sessionNonce = sessionNonce;
        this.message = message;
    }

    @Override
    public SendResult send(long step, int microbatch, MemorySegment payload) {
        message.begin(step, microbatch, payload);
        return resume();
    }

    @Override
    public SendResult resume() {
        message.requireUnfinished();
        return sendWhatFits();
    }

    @Override
    public void close() {
        frames.close();
    }

    private SendResult sendWhatFits() {
        long lengthBytes = message.payload().byteSize();
        long sentBefore = message.sentBytes();
        MessageHeader header = message.header(sessionNonce);
        do {
            int chunkBytes = (int) Math.min(frames.maxChunkBytes(), lengthBytes - message.sentBytes());
            SendResult result =
                    frames.offer(FrameHeader.chunk(header, message.sentBytes(), chunkBytes), message.payload());
            if (result != SendResult.SENT) {
                boolean isLate = result == SendResult.BACK_PRESSURED && message.sentBytes() > sentBefore;
                return isLate ? SendResult.PARTLY_SENT : result;
            }
            message.advance(chunkBytes);
        } while (message.sentBytes() < lengthBytes);
        message.finish();
        return SendResult.SENT;
    }
}
