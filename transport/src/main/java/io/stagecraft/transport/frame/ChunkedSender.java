package io.stagecraft.transport.frame;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.logbuffer.BufferClaim;
import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.LinkSender;
import io.stagecraft.transport.SendResult;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.agrona.concurrent.UnsafeBuffer;

/// Sending end of a link over an Aeron publication. A message goes out in chunks of the largest frame
/// that needs no fragmentation, each copied once, from the payload into Aeron's log.
///
/// Thread: one.
public final class ChunkedSender implements LinkSender {
    /// Aeron asks to try again at once when a term is full; it does so once or twice in a row.
    private static final int NUM_ATTEMPTS = 4;

    private final LinkId link;
    private final long sessionNonce;
    private final ExclusivePublication publication;
    private final OutgoingMessage message;
    private final Runnable afterFrame;
    private final BufferClaim claim = new BufferClaim();
    private final UnsafeBuffer source = new UnsafeBuffer(0, 0);
    private final int maxChunkBytes;
    private final Duration connectTimeout;
    private boolean unconnected;
    private long unconnectedSinceNanos;

    /// Takes ownership of `publication`. `afterFrame` runs on the sending thread after every frame:
    /// the receiver copies one while the next is written. A sender that finds nobody listening for
    /// `connectTimeout` throws [IllegalStateException].
    public ChunkedSender(
            LinkId link,
            long sessionNonce,
            ExclusivePublication publication,
            long maxMessageBytes,
            Duration connectTimeout,
            Runnable afterFrame) {
        this.link = link;
        this.sessionNonce = sessionNonce;
        this.publication = publication;
        this.message = new OutgoingMessage(link, maxMessageBytes);
        this.connectTimeout = connectTimeout;
        this.afterFrame = afterFrame;
        this.maxChunkBytes = publication.maxPayloadLength() - FrameCodec.HEADER_BYTES;
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
        publication.close();
    }

    private SendResult sendWhatFits() {
        long lengthBytes = message.payload().byteSize();
        long sentBefore = message.sentBytes();
        var header = new MessageHeader(
                sessionNonce, link.index(), message.sequence(), message.step(), message.microbatch(), lengthBytes);
        do {
            int chunkBytes = (int) Math.min(maxChunkBytes, lengthBytes - message.sentBytes());
            long position = claim(FrameCodec.HEADER_BYTES + chunkBytes);
            if (position < 0) {
                SendResult refusal = refused(position);
                boolean isLate = refusal == SendResult.BACK_PRESSURED && message.sentBytes() > sentBefore;
                return isLate ? SendResult.PARTLY_SENT : refusal;
            }
            unconnected = false;
            write(new FrameHeader(header, message.sentBytes(), chunkBytes));
            message.advance(chunkBytes);
            afterFrame.run();
        } while (message.sentBytes() < lengthBytes);
        message.finish();
        return SendResult.SENT;
    }

    private long claim(int numBytes) {
        long position = publication.tryClaim(numBytes, claim);
        for (int i = 1; i < NUM_ATTEMPTS && position == Publication.ADMIN_ACTION; i++) {
            position = publication.tryClaim(numBytes, claim);
        }
        return position;
    }

    /// Commits or aborts the claim in every case: an open one would block the stream.
    private void write(FrameHeader frame) {
        boolean written = false;
        try {
            FrameCodec.encode(frame, claim.buffer(), claim.offset());
            // Copying goes by address, which does not know whether the memory is still there.
            MemorySegment chunk = message.payload().asSlice(frame.chunkOffset(), frame.chunkLength());
            if (!chunk.scope().isAlive()) {
                throw new IllegalStateException("%s, step %d, microbatch %d: the payload was freed while it was sent"
                        .formatted(link, message.step(), message.microbatch()));
            }
            source.wrap(chunk.address(), frame.chunkLength());
            claim.buffer().putBytes(claim.offset() + FrameCodec.HEADER_BYTES, source, 0, frame.chunkLength());
            written = true;
        } finally {
            if (written) {
                claim.commit();
            } else {
                claim.abort();
            }
        }
    }

    private SendResult refused(long position) {
        if (position == Publication.BACK_PRESSURED || position == Publication.ADMIN_ACTION) {
            return SendResult.BACK_PRESSURED;
        }
        if (position == Publication.NOT_CONNECTED) {
            checkConnectTimeout();
            return SendResult.NOT_CONNECTED;
        }
        if (position == Publication.CLOSED) {
            return SendResult.CLOSED;
        }
        throw new IllegalStateException("%s, step %d, microbatch %d: Aeron refused a chunk with code %d (%s)"
                .formatted(link, message.step(), message.microbatch(), position, Publication.errorString(position)));
    }

    private void checkConnectTimeout() {
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
    }
}
