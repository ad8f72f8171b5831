package io.stagecraft.transport.frame;

import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.ReceiveBuffer;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/// Puts the frames of one link together, straight into a lease, and checks that nothing is missing,
/// doubled or out of order. A message that a sender in this JVM copied into a lease is one frame.
///
/// Frames that are no frames, of another run or of another link are dropped and counted. A frame of
/// this link that does not continue the stream is an [IllegalStateException].
///
/// Thread: the poll thread; [#numDropped] any.
public final class FrameAssembler {
    /// What became of a frame.
    public enum Outcome {
        /// It is part of a message now.
        TAKEN,
        /// It begins a message and no lease is free: offer it again.
        NO_FREE_BUFFER,
        /// It is not of this run and link.
        DROPPED
    }

    private sealed interface Progress {
        record BetweenMessages() implements Progress {}

        record Filling(MessageHeader message, ReceiveBuffer lease) implements Progress {}
    }

    private static final Progress BETWEEN_MESSAGES = new Progress.BetweenMessages();

    private final LinkId link;
    private final long sessionNonce;
    private final ReceiveBufferPool pool;
    private final LinkInbox inbox;
    private final AtomicLong numDropped = new AtomicLong();
    private final UnsafeBuffer target = new UnsafeBuffer(0, 0);
    private Progress progress = BETWEEN_MESSAGES;
    private long nextSequence;
    private long receivedBytes;

    /// For the frames of `link` in the run `sessionNonce`; complete messages go from `pool` to
    /// `inbox`.
    public FrameAssembler(LinkId link, long sessionNonce, ReceiveBufferPool pool, LinkInbox inbox) {
        this.link = link;
        this.sessionNonce = sessionNonce;
        this.pool = pool;
        this.inbox = inbox;
    }

    /// Takes the frame of `length` bytes at `offset` of `buffer`, header included.
    public Outcome accept(DirectBuffer buffer, int offset, int length) {
        if (!FrameCodec.isFrame(buffer, offset, length)) {
            return drop();
        }
        FrameHeader frame = FrameCodec.decode(buffer, offset);
        MessageHeader message = frame.message();
        if (message.sessionNonce() != sessionNonce || message.linkIndex() != link.index()) {
            return drop();
        }
        if (progress instanceof Progress.BetweenMessages) {
            checkFirst(frame);
            if (frame.isPlaced()) {
                checkContinues(frame, length - FrameCodec.HEADER_BYTES);
                finish(placed(frame));
                return Outcome.TAKEN;
            }
            if (!pool.hasFree()) {
                return Outcome.NO_FREE_BUFFER;
            }
        }
        checkContinues(frame, length - FrameCodec.HEADER_BYTES);
        take(frame, buffer, offset + FrameCodec.HEADER_BYTES);
        return Outcome.TAKEN;
    }

    /// Frames dropped so far.
    public long numDropped() {
        return numDropped.get();
    }

    private Outcome drop() {
        numDropped.incrementAndGet();
        return Outcome.DROPPED;
    }

    private void checkFirst(FrameHeader frame) {
        MessageHeader message = frame.message();
        if (message.sequence() != nextSequence) {
            throw broken(message, "expected message number " + nextSequence + ", got " + message.sequence());
        }
        if (message.lengthBytes() < 0 || message.lengthBytes() > pool.bufferBytes()) {
            throw broken(
                    message,
                    "expected at most %d bytes, got a message of %d; the two ends differ in their configuration"
                            .formatted(pool.bufferBytes(), message.lengthBytes()));
        }
    }

    private void checkContinues(FrameHeader frame, int actualBytes) {
        MessageHeader message = frame.message();
        if (progress instanceof Progress.Filling(MessageHeader current, ReceiveBuffer _) && !current.equals(message)) {
            throw broken(message, "expected byte %d of %s, got %s".formatted(receivedBytes, current, message));
        }
        if (frame.chunkOffset() != receivedBytes) {
            throw broken(message, "expected chunk at byte %d, got %d".formatted(receivedBytes, frame.chunkOffset()));
        }
        if (frame.chunkLength() != actualBytes || actualBytes > message.lengthBytes() - receivedBytes) {
            throw broken(
                    message,
                    "chunk at byte %d of %d: the header says %d bytes, the frame has %d"
                            .formatted(receivedBytes, message.lengthBytes(), frame.chunkLength(), actualBytes));
        }
    }

    private void take(FrameHeader frame, DirectBuffer buffer, int payloadOffset) {
        MessageHeader message = frame.message();
        ReceiveBuffer lease = switch (progress) {
            case Progress.Filling(MessageHeader _, ReceiveBuffer filling) -> filling;
            case Progress.BetweenMessages _ -> begin(message);
        };
        MemorySegment payload = lease.payload();
        // Copying goes by address, which does not know whether the memory is still there.
        if (!payload.scope().isAlive()) {
            throw new IllegalStateException(
                    "%s, step %d, microbatch %d: the receive buffer was freed while it was filled"
                            .formatted(link, message.step(), message.microbatch()));
        }
        target.wrap(payload.address() + receivedBytes, frame.chunkLength());
        buffer.getBytes(payloadOffset, target, 0, frame.chunkLength());
        receivedBytes += frame.chunkLength();
        if (receivedBytes == message.lengthBytes()) {
            progress = BETWEEN_MESSAGES;
            receivedBytes = 0;
            finish(lease);
        }
    }

    private void finish(ReceiveBuffer lease) {
        nextSequence++;
        inbox.put(lease);
    }

    private ReceiveBuffer placed(FrameHeader frame) {
        try {
            return pool.placed(frame.place(), frame.message());
        } catch (IllegalStateException e) {
            throw broken(frame.message(), e.getMessage());
        }
    }

    private ReceiveBuffer begin(MessageHeader message) {
        ReceiveBuffer lease = pool.acquire(message.step(), message.microbatch(), message.lengthBytes());
        progress = new Progress.Filling(message, lease);
        return lease;
    }

    private IllegalStateException broken(MessageHeader message, String what) {
        return new IllegalStateException(
                "%s, step %d, microbatch %d: %s; the peer restarted or two runs share a stream (transport.base-stream-id)"
                        .formatted(link, message.step(), message.microbatch(), what));
    }
}
