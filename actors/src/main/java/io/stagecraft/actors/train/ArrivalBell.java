package io.stagecraft.actors.train;

import java.util.concurrent.atomic.AtomicReference;

/// Turns any number of arrivals into at most one message that waits in a rank's mailbox.
///
/// An arrival is visible before the bell rings, and the rank answers before it looks: so each
/// arrival is seen either by the look that follows the message under way or by that of a new
/// message, and none is lost.
///
/// Threads: any may ring; one answers and closes.
final class ArrivalBell {
    private enum State {
        QUIET,
        RUNG,
        CLOSED
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.QUIET);
    private final Runnable send;

    /// `send` puts one message into the rank's mailbox; it must not block.
    ArrivalBell(Runnable send) {
        this.send = send;
    }

    /// Something arrived. Sends a message unless one is under way already or nobody listens any
    /// more.
    void ring() {
        if (state.compareAndSet(State.QUIET, State.RUNG)) {
            send.run();
        }
    }

    /// The message was taken out of the mailbox; call before looking for arrivals.
    void answer() {
        state.compareAndSet(State.RUNG, State.QUIET);
    }

    /// From now on rings are silent.
    void close() {
        state.set(State.CLOSED);
    }
}
