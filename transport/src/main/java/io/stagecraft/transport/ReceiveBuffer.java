package io.stagecraft.transport;

import java.lang.foreign.MemorySegment;

/// A lease on a received message. Whoever holds it releases it once; then its memory receives another
/// message.
public interface ReceiveBuffer {
    /// Step the sender gave.
    long step();

    /// Microbatch the sender gave.
    int microbatch();

    /// The bytes, exactly as long as the message.
    MemorySegment payload();

    /// Gives the buffer back to its pool.
    void release();
}
