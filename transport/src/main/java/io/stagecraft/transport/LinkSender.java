package io.stagecraft.transport;

import java.lang.foreign.MemorySegment;

/// Sending end of a link. Never blocks: the caller repeats [#resume] and decides how to wait.
///
/// Thread: one.
public interface LinkSender extends AutoCloseable {
    /// Starts to send `payload` under (`step`, `microbatch`) and sends what fits now. Borrows
    /// `payload` until a call returns [SendResult#SENT].
    SendResult send(long step, int microbatch, MemorySegment payload);

    /// Goes on with the message that the last call left unfinished.
    SendResult resume();

    @Override
    void close();
}
