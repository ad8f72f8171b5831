package io.stagecraft.transport;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// Ordered, checked messages of bytes over one-way links between ranks. A link has a stream of its
/// own, so that no head of line blocks another, and as many receive buffers as its schedule can
/// have in flight: a full pool pushes back through flow control.
///
/// Threads: any thread may open links; see [LinkSender] and [LinkReceiver].
public interface Transport extends AutoCloseable {
    /// Opens the sending end, once for a link. `maxMessageBytes` is the largest message that will be
    /// sent.
    LinkSender openSender(LinkId link, long maxMessageBytes);

    /// Opens the receiving end, once for a link. Messages arrive in `buffers`: off-heap memory of equal sizes that
    /// any thread may write, which the caller keeps until the receiver is closed and reads where
    /// they are. `onArrival` runs on the poll thread whenever a message is complete; it must not
    /// block.
    LinkReceiver openReceiver(LinkId link, List<MemorySegment> buffers, Runnable onArrival);

    /// One line for the operator: channel, driver, folder, memory in shared memory.
    String describe();

    /// Bytes of shared memory that the transport maps, each mapping counted: the driver and its
    /// client in this JVM map a log once each. 0 without shared memory.
    long mappedBytes();

    /// Closes all links, waits for the poll thread to end, removes what it made.
    @Override
    void close();
}
