package io.stagecraft.transport.frame;

import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.SendResult;

/// What the two ends of a link share inside one JVM: the buffers that the receiver brought, into
/// which the sender copies its messages itself. The lock keeps a copy and a close apart, so that
/// the receiver's memory is left alone once its end is closed.
///
/// Threads: any; the sender's holds the lock while it copies.
public final class LocalLink {
    private sealed interface End {
        record Nobody() implements End {}

        record Listening(ReceiveBufferPool pool, LinkInbox inbox) implements End {}

        record Closed() implements End {}
    }

    /// What became of an attempt to place a message.
    public sealed interface Placement {
        /// The message is in `lease`; `inbox` is where the receiver takes it once it has been told.
        record Placed(ReceiveBufferPool.Lease lease, LinkInbox inbox) implements Placement {}

        /// Nothing was copied.
        record Refused(SendResult why) implements Placement {}
    }

    private static final Placement NOT_CONNECTED = new Placement.Refused(SendResult.NOT_CONNECTED);
    private static final Placement BACK_PRESSURED = new Placement.Refused(SendResult.BACK_PRESSURED);
    private static final Placement CLOSED = new Placement.Refused(SendResult.CLOSED);

    private final LinkId link;
    private End end = new End.Nobody();
    private boolean hasSender;

    /// Of `link`, without ends.
    public LocalLink(LinkId link) {
        this.link = link;
    }

    /// Opens the receiving end with its buffers. Throws [IllegalStateException] if it was opened
    /// before.
    public synchronized void listen(ReceiveBufferPool pool, LinkInbox inbox) {
        if (!(end instanceof End.Nobody)) {
            throw new IllegalStateException("the receiving end of %s was opened before".formatted(link));
        }
        end = new End.Listening(pool, inbox);
    }

    /// Throws [IllegalStateException] if it was called before.
    public synchronized void claimSender() {
        if (hasSender) {
            throw new IllegalStateException("the sending end of %s was opened before".formatted(link));
        }
        hasSender = true;
    }

    /// Copies `message` into a free buffer of the receiver.
    public synchronized Placement place(OutgoingMessage message) {
        return switch (end) {
            case End.Nobody _ -> NOT_CONNECTED;
            case End.Closed _ -> CLOSED;
            case End.Listening(ReceiveBufferPool pool, LinkInbox inbox) ->
                pool.hasFree() ? copy(message, pool, inbox) : BACK_PRESSURED;
        };
    }

    private static Placement copy(OutgoingMessage message, ReceiveBufferPool pool, LinkInbox inbox) {
        ReceiveBufferPool.Lease lease = pool.acquire(
                message.step(), message.microbatch(), message.payload().byteSize());
        lease.payload().copyFrom(message.payload());
        lease.endCopy();
        return new Placement.Placed(lease, inbox);
    }

    /// Closes the receiving end: no copy runs any more, and none will.
    public synchronized void close() {
        end = new End.Closed();
    }
}
