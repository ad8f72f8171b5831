package io.stagecraft.transport;

import java.lang.foreign.MemorySegment;

/// A lease on a received message. Whoever holds it releases it once; then its memory receives
/// another message.
public interface ReceiveBuffer {
    /// Step the sender gave.
    long step();

    /// Microbatch the sender gave.
    int microbatch();

    /// Which of the buffers that the receiver brought this is, from 0.
    int place();

    /// The bytes, exactly as long as the message, at the beginning of the buffer.
    MemorySegment payload();

    /// Gives the buffer back to its pool.
    void release();
}
