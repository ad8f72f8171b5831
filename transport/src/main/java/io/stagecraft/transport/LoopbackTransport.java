package io.stagecraft.transport;

import io.stagecraft.transport.frame.LinkInbox;
import io.stagecraft.transport.frame.OutgoingMessage;
import io.stagecraft.transport.frame.ReceiveBufferPool;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The contract of [Transport] inside one JVM without a network: a send copies the message into a lease
/// of the receiver and runs `onArrival`, on the sending thread. Without a free lease a send is
/// [SendResult#BACK_PRESSURED], without a receiver [SendResult#NOT_CONNECTED]: no timing is involved.
///
/// Threads: as [Transport]; links are independent of each other.
public final class LoopbackTransport implements Transport {
    private sealed interface ReceivingEnd {
        record Nobody() implements ReceivingEnd {}

        record Listening(LinkInbox inbox, ReceiveBufferPool pool) implements ReceivingEnd {}

        record Closed() implements ReceivingEnd {}
    }

    /// What the two ends of a link share. The lock keeps a delivery and a close apart.
    private static final class Wire {
        private ReceivingEnd end = new ReceivingEnd.Nobody();
        private boolean hasSender;

        synchronized void connect(LinkId link, ReceivingEnd.Listening listening) {
            if (!(end instanceof ReceivingEnd.Nobody)) {
                throw new IllegalStateException("the receiving end of %s was opened before".formatted(link));
            }
            end = listening;
        }

        synchronized void claimSender(LinkId link) {
            if (hasSender) {
                throw new IllegalStateException("the sending end of %s was opened before".formatted(link));
            }
            hasSender = true;
        }

        synchronized SendResult deliver(OutgoingMessage message) {
            return switch (end) {
                case ReceivingEnd.Nobody _ -> SendResult.NOT_CONNECTED;
                case ReceivingEnd.Closed _ -> SendResult.CLOSED;
                case ReceivingEnd.Listening(LinkInbox inbox, ReceiveBufferPool pool) ->
                    pool.hasFree() ? copy(message, inbox, pool) : SendResult.BACK_PRESSURED;
            };
        }

        private static SendResult copy(OutgoingMessage message, LinkInbox inbox, ReceiveBufferPool pool) {
            MemorySegment source = message.payload();
            ReceiveBuffer lease = pool.acquire(message.step(), message.microbatch(), source.byteSize());
            lease.payload().copyFrom(source);
            message.finish();
            inbox.put(lease);
            return SendResult.SENT;
        }

        synchronized void close() {
            end = new ReceivingEnd.Closed();
        }
    }

    private record Receiver(Wire wire, LinkInbox inbox) implements LinkReceiver {
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
            wire.close();
        }
    }

    private static final class Sender implements LinkSender {
        private final Wire wire;
        private final OutgoingMessage message;
        private volatile boolean closed;

        Sender(Wire wire, OutgoingMessage message) {
            this.wire = wire;
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
            return closed ? SendResult.CLOSED : wire.deliver(message);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private final Map<Integer, Wire> wires = new ConcurrentHashMap<>();

    @Override
    public LinkSender openSender(LinkId link, long maxMessageBytes) {
        var message = new OutgoingMessage(link, maxMessageBytes);
        Wire wire = wire(link);
        wire.claimSender(link);
        return new Sender(wire, message);
    }

    @Override
    public LinkReceiver openReceiver(LinkId link, List<MemorySegment> buffers, Runnable onArrival) {
        var inbox = new LinkInbox(link, buffers.size(), onArrival);
        var pool = new ReceiveBufferPool(buffers, () -> {});
        Wire wire = wire(link);
        wire.connect(link, new ReceivingEnd.Listening(inbox, pool));
        return new Receiver(wire, inbox);
    }

    @Override
    public String describe() {
        return "loopback inside this JVM, %d links, no shared memory".formatted(wires.size());
    }

    @Override
    public long mappedBytes() {
        return 0;
    }

    /// Closes all links; nothing else was made.
    @Override
    public void close() {
        wires.values().forEach(Wire::close);
    }

    private Wire wire(LinkId link) {
        return wires.computeIfAbsent(link.index(), _ -> new Wire());
    }
}
