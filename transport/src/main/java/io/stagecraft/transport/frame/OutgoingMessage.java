package io.stagecraft.transport.frame;

import io.stagecraft.transport.LinkId;
import java.lang.foreign.MemorySegment;

/// The message a sender works on: what it carries and how much of it is on its way.
///
/// Thread: the sender's.
public final class OutgoingMessage {
    private final LinkId link;
    private final long maxMessageBytes;
    private MemorySegment payload = MemorySegment.NULL;
    private long step;
    private int microbatch;
    private long sequence = -1;
    private long sentBytes;
    private boolean unfinished;

    /// No message yet, on a link whose messages have at most `maxMessageBytes`.
    public OutgoingMessage(LinkId link, long maxMessageBytes) {
        if (maxMessageBytes < 1) {
            throw new IllegalArgumentException(
                    "%s: maxMessageBytes must be >= 1 but is %d".formatted(link, maxMessageBytes));
        }
        this.link = link;
        this.maxMessageBytes = maxMessageBytes;
    }

    /// Begins a message. Throws [IllegalStateException] if the last one is unfinished and
    /// [IllegalArgumentException] if `payload` is not off-heap or too long.
    public void begin(long step, int microbatch, MemorySegment payload) {
        if (unfinished) {
            throw new IllegalStateException(
                    "%s: step %d, microbatch %d was to be sent while step %d, microbatch %d is at byte %d of %d; call resume"
                            .formatted(
                                    link,
                                    step,
                                    microbatch,
                                    this.step,
                                    this.microbatch,
                                    sentBytes,
                                    this.payload.byteSize()));
        }
        if (!payload.isNative() || payload.byteSize() > maxMessageBytes) {
            throw new IllegalArgumentException(
                    "%s, step %d, microbatch %d: expected an off-heap payload of at most %d bytes, got %s"
                            .formatted(link, step, microbatch, maxMessageBytes, payload));
        }
        this.step = step;
        this.microbatch = microbatch;
        this.payload = payload;
        sequence++;
        sentBytes = 0;
        unfinished = true;
    }

    /// Throws [IllegalStateException] if there is nothing to go on with.
    public void requireUnfinished() {
        if (!unfinished) {
            throw new IllegalStateException("%s: resume without an unfinished message".formatted(link));
        }
    }

    /// Counts `numBytes` as sent.
    public void advance(long numBytes) {
        sentBytes += numBytes;
    }

    /// Ends the message; its payload is the caller's again.
    public void finish() {
        unfinished = false;
        payload = MemorySegment.NULL;
    }

    /// The bytes to send.
    public MemorySegment payload() {
        return payload;
    }

    /// Step of the message.
    public long step() {
        return step;
    }

    /// Microbatch of the message.
    public int microbatch() {
        return microbatch;
    }

    /// What its frames say about it in the run `sessionNonce`.
    public MessageHeader header(long sessionNonce) {
        return new MessageHeader(sessionNonce, link.index(), sequence, step, microbatch, payload.byteSize());
    }

    /// Bytes that are on their way.
    public long sentBytes() {
        return sentBytes;
    }
}
