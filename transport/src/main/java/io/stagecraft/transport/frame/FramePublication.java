package io.stagecraft.transport.frame;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.logbuffer.BufferClaim;
import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.SendResult;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.agrona.concurrent.UnsafeBuffer;

/// An Aeron publication as a link writes its frames to it, each copied once into Aeron's log.
///
/// Thread: one.
public final class FramePublication {
    /// Aeron asks to try again at once when a term is full; it does so once or twice in a row.
    private static final int NUM_ATTEMPTS = 4;

    private final LinkId link;
    private final ExclusivePublication publication;
    private final Duration connectTimeout;
    private final Runnable afterFrame;
    private final BufferClaim claim = new BufferClaim();
    private final UnsafeBuffer source = new UnsafeBuffer(0, 0);
    private boolean unconnected;
    private long unconnectedSinceNanos;

    /// Takes ownership of `publication`. `afterFrame` runs on the sending thread after every frame:
    /// the receiver reads one while the next is written. A sender that finds nobody listening for
    /// `connectTimeout` fails.
    public FramePublication(
            LinkId link, ExclusivePublication publication, Duration connectTimeout, Runnable afterFrame) {
        this.link = link;
        this.publication = publication;
        this.connectTimeout = connectTimeout;
        this.afterFrame = afterFrame;
    }

    /// Bytes of a message that fit a frame which needs no fragmentation.
    int maxChunkBytes() {
        return publication.maxPayloadLength() - FrameCodec.HEADER_BYTES;
    }

    boolean isClosed() {
        return publication.isClosed();
    }

    /// Writes one frame with the bytes of `payload` that `frame` names: [SendResult#SENT], or why
    /// not.
    SendResult offer(FrameHeader frame, MemorySegment payload) {
        int numBytes = FrameCodec.HEADER_BYTES + frame.chunkLength();
        long position = publication.tryClaim(numBytes, claim);
        for (int i = 1; i < NUM_ATTEMPTS && position == Publication.ADMIN_ACTION; i++) {
            position = publication.tryClaim(numBytes, claim);
        }
        if (position < 0) {
            return refused(frame.message(), position);
        }
        unconnected = false;
        write(frame, payload);
        afterFrame.run();
        return SendResult.SENT;
    }

    /// Counts how long nobody has listened, until the next frame. Throws [IllegalStateException]
    /// after the timeout.
    SendResult notConnected(MessageHeader message) {
        long now = System.nanoTime();
        if (!unconnected) {
            unconnected = true;
            unconnectedSinceNanos = now;
        }
        if (now - unconnectedSinceNanos > connectTimeout.toNanos()) {
            throw new IllegalStateException(
                    "%s, step %d, microbatch %d: nobody listens on %s, stream %d, for %s; the peer did not start or has ended (transport.connect-timeout)"
                            .formatted(
                                    link,
                                    message.step(),
                                    message.microbatch(),
                                    publication.channel(),
                                    publication.streamId(),
                                    connectTimeout));
        }
        return SendResult.NOT_CONNECTED;
    }

    void close() {
        publication.close();
    }

    /// Commits or aborts the claim in every case: an open one would block the stream.
    private void write(FrameHeader frame, MemorySegment payload) {
        boolean written = false;
        try {
            FrameCodec.encode(frame, claim.buffer(), claim.offset());
            if (frame.chunkLength() > 0) {
                source.wrap(addressOf(frame, payload), frame.chunkLength());
                claim.buffer().putBytes(claim.offset() + FrameCodec.HEADER_BYTES, source, 0, frame.chunkLength());
            }
            written = true;
        } finally {
            if (written) {
                claim.commit();
            } else {
                claim.abort();
            }
        }
    }

    /// Copying goes by address, which does not know whether the memory is still there.
    private long addressOf(FrameHeader frame, MemorySegment payload) {
        if (!payload.scope().isAlive()) {
            MessageHeader message = frame.message();
            throw new IllegalStateException("%s, step %d, microbatch %d: the payload was freed while it was sent"
                    .formatted(link, message.step(), message.microbatch()));
        }
        return payload.asSlice(frame.chunkOffset(), frame.chunkLength()).address();
    }

    private SendResult refused(MessageHeader message, long position) {
        if (position == Publication.BACK_PRESSURED || position == Publication.ADMIN_ACTION) {
            return SendResult.BACK_PRESSURED;
        }
        if (position == Publication.NOT_CONNECTED) {
            return notConnected(message);
        }
        if (position == Publication.CLOSED) {
            return SendResult.CLOSED;
        }
        throw new IllegalStateException("%s, step %d, microbatch %d: Aeron refused a frame with code %d (%s)"
                .formatted(link, message.step(), message.microbatch(), position, Publication.errorString(position)));
    }
}
