package io.stagecraft.transport;

import io.stagecraft.transport.frame.LinkInbox;
import io.stagecraft.transport.frame.LocalLink;
import io.stagecraft.transport.frame.LocalLink.Placement;
import io.stagecraft.transport.frame.OutgoingMessage;
import io.stagecraft.transport.frame.ReceiveBufferPool;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The contract of [Transport] inside one JVM without a network: a send copies the message into a
/// lease of the receiver and runs `onArrival`, on the sending thread. Without a free lease a send
/// is [SendResult#BACK_PRESSURED], without a receiver [SendResult#NOT_CONNECTED]: no timing is
/// involved.
///
/// Threads: as [Transport]; links are independent of each other.
public final class LoopbackTransport implements Transport {
    private record Receiver(LocalLink local, LinkInbox inbox) implements LinkReceiver {
        @Override
        public boolean hasArrival() {
            return inbox.hasArrival();
        }

        @Override
        public ReceiveBuffer take() {
            return inbox.take();
        }

        @Override
        public void close() {
            local.close();
        }
    }

    private static final class Sender implements LinkSender {
        private final LocalLink local;
        private final OutgoingMessage message;
        private volatile boolean closed;

        Sender(LocalLink local, OutgoingMessage message) {
            this.local = local;
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
            return closed ? SendResult.CLOSED : deliver();
        }

        private SendResult deliver() {
            return switch (local.place(message)) {
                case Placement.Refused(SendResult why) -> why;
                case Placement.Placed(ReceiveBufferPool.Lease lease, LinkInbox inbox) -> {
                    lease.arrive();
                    message.finish();
                    inbox.put(lease);
                    yield SendResult.SENT;
                }
            };
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private final Map<Integer, LocalLink> links = new ConcurrentHashMap<>();

    @Override
    public LinkSender openSender(LinkId link, long maxMessageBytes) {
        var message = new OutgoingMessage(link, maxMessageBytes);
        LocalLink local = local(link);
        local.claimSender();
        return new Sender(local, message);
    }

    @Override
    public LinkReceiver openReceiver(LinkId link, List<MemorySegment> buffers, Runnable onArrival) {
        var inbox = new LinkInbox(link, buffers.size(), onArrival);
        var pool = new ReceiveBufferPool(buffers, () -> {});
        LocalLink local = local(link);
        local.listen(pool, inbox);
        return new Receiver(local, inbox);
    }

    @Override
    public String describe() {
        return "loopback inside this JVM, %d links, no shared memory".formatted(links.size());
    }

    @Override
    public long mappedBytes() {
        return 0;
    }

    /// Closes all links; nothing else was made.
    @Override
    public void close() {
        links.values().forEach(LocalLink::close);
    }

    private LocalLink local(LinkId link) {
        return links.computeIfAbsent(link.index(), _ -> new LocalLink(link));
    }
}
