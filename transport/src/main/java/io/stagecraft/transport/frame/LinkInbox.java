package io.stagecraft.transport.frame;

import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.ReceiveBuffer;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

/// Complete messages of one link on their way to the consumer: as many places as there are leases,
/// so it is never full.
///
/// Threads: one puts, one takes.
public final class LinkInbox {
    private final LinkId link;
    private final OneToOneConcurrentArrayQueue<ReceiveBuffer> messages;
    private final Runnable onArrival;

    /// For `capacity` messages at most. `onArrival` runs on the putting thread after each message.
    public LinkInbox(LinkId link, int capacity, Runnable onArrival) {
        this.link = link;
        this.messages = new OneToOneConcurrentArrayQueue<>(capacity);
        this.onArrival = onArrival;
    }

    /// Adds a complete message and tells the consumer.
    public void put(ReceiveBuffer message) {
        if (!messages.offer(message)) {
            throw new IllegalStateException("inbox of %s is full: more messages than leases".formatted(link));
        }
        onArrival.run();
    }

    /// Whether [#take] has a message.
    public boolean hasArrival() {
        return !messages.isEmpty();
    }

    /// The oldest message. Throws [IllegalStateException] if there is none.
    public ReceiveBuffer take() {
        if (messages.isEmpty()) {
            throw new IllegalStateException("no message has arrived on %s; ask hasArrival first".formatted(link));
        }
        return messages.remove();
    }
}
