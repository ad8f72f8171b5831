package io.stagecraft.transport;

/// Receiving end of a link: complete messages in the order they were sent.
///
/// Thread: the poll thread fills, one consumer takes.
public interface LinkReceiver extends AutoCloseable {
    /// Whether [#take] has a message.
    boolean hasArrival();

    /// The next complete message; the caller owns the lease and releases it. Throws
    /// [IllegalStateException] if there is none.
    ReceiveBuffer take();

    @Override
    void close();
}
