package io.stagecraft.transport.frame;

import io.stagecraft.transport.LinkSender;
import io.stagecraft.transport.SendResult;
import io.stagecraft.transport.frame.LocalLink.Placement;
import java.lang.foreign.MemorySegment;

/// Sending end of a link whose receiving end is in the same JVM. The sender copies the payload
/// itself, once, into the memory where it is read; Aeron carries the message's frame, which says
/// where that is, and with it the order of messages. A write with immediate data does the same
/// between hosts with RDMA.
///
/// Without a free buffer a send is [SendResult#BACK_PRESSURED]. A sender that finds nobody
/// listening for too long throws [IllegalStateException].
///
/// Thread: one.
public final class PlacingSender implements LinkSender {
    private sealed interface Progress {
        record ToPlace() implements Progress {}

        record ToTell(FrameHeader frame) implements Progress {}
    }

    private static final Progress TO_PLACE = new Progress.ToPlace();

    private final FramePublication frames;
    private final long sessionNonce;
    private final OutgoingMessage message;
    private final LocalLink link;
    private Progress progress = TO_PLACE;

    /// Takes ownership of `frames` and `message`.
    public PlacingSender(FramePublication frames, long sessionNonce, OutgoingMessage message, LocalLink link) {
        this.frames = frames;
        this.sessionNonce = sessionNonce;
        this.message = message;
        this.link = link;
    }

    @Override
    public SendResult send(long step, int microbatch, MemorySegment payload) {
        message.begin(step, microbatch, payload);
        return resume();
    }

    @Override
    public SendResult resume() {
        message.requireUnfinished();
        if (frames.isClosed()) {
            return SendResult.CLOSED;
        }
        return switch (progress) {
            case Progress.ToPlace _ -> place();
            case Progress.ToTell(FrameHeader frame) -> tell(frame);
        };
    }

    @Override
    public void close() {
        frames.close();
    }

    private SendResult place() {
        MessageHeader header = message.header(sessionNonce);
        return switch (link.place(message)) {
            case Placement.Placed(ReceiveBufferPool.Lease lease, LinkInbox _) ->
                tell(FrameHeader.placed(header, lease.place()));
            case Placement.Refused(SendResult why) ->
                why == SendResult.NOT_CONNECTED ? frames.notConnected(header) : why;
        };
    }

    private SendResult tell(FrameHeader frame) {
        progress = new Progress.ToTell(frame);
        SendResult result = frames.offer(frame, MemorySegment.NULL);
        if (result == SendResult.SENT) {
            progress = TO_PLACE;
            message.finish();
        }
        return result;
    }
}
