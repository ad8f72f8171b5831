package io.stagecraft.tests.benchmark;

import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.LinkReceiver;
import io.stagecraft.transport.LinkSender;
import io.stagecraft.transport.SendResult;
import io.stagecraft.transport.Transport;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Links whose sends count as transport. A take copies nothing.
///
/// @param probe the rank's
/// @param transport what carries
record ProfiledTransport(RankProbe probe, Transport transport) implements Transport {
    @Override
    public LinkSender openSender(LinkId link, long maxMessageBytes) {
        return new Sender(probe, transport.openSender(link, maxMessageBytes));
    }

    @Override
    public LinkReceiver openReceiver(LinkId link, List<MemorySegment> buffers, Runnable onArrival) {
        return transport.openReceiver(link, buffers, onArrival);
    }

    @Override
    public String describe() {
        return transport.describe();
    }

    @Override
    public long mappedBytes() {
        return transport.mappedBytes();
    }

    @Override
    public void close() {
        transport.close();
    }

    private record Sender(RankProbe probe, LinkSender sender) implements LinkSender {
        @Override
        public SendResult send(long step, int microbatch, MemorySegment payload) {
            Activity before = probe.enter(Activity.TRANSPORT);
            SendResult result = sender.send(step, microbatch, payload);
            probe.enter(before);
            return result;
        }

        @Override
        public SendResult resume() {
            Activity before = probe.enter(Activity.TRANSPORT);
            SendResult result = sender.resume();
            probe.enter(before);
            return result;
        }

        @Override
        public void close() {
            sender.close();
        }
    }
}
