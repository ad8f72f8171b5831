package io.stagecraft.transport;

import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/// Sends whole messages over a link: waits while there is no room. Each time that a part went out
/// the waiting begins anew, with a short look for more room.
///
/// Thread: one, which a send under back pressure blocks until there is room or the run is aborted.
public final class PatientSender implements AutoCloseable {
    private final LinkSender link;
    private final Waiter waiter;
    private final BooleanSupplier goesOn;
    private SendResult last = SendResult.SENT;

    /// Takes ownership of `link`; borrows `waiter`, which is this thread's.
    public PatientSender(LinkSender link, Waiter waiter) {
        this.link = link;
        this.waiter = waiter;
        this.goesOn = this::resume;
    }

    /// Returns when `payload` is on its way and may be written again. Throws
    /// [IllegalStateException] if the link is closed in a run that goes on, [AbortedException] if the
    /// run is aborted.
    public void send(long step, int microbatch, MemorySegment payload) {
        last = link.send(step, microbatch, payload);
        while (last != SendResult.SENT) {
            if (last == SendResult.CLOSED) {
                waiter.check();
                throw new IllegalStateException("sending step %d, microbatch %d: the link is closed; see the peer's log"
                        .formatted(step, microbatch));
            }
            waiter.retry(goesOn);
        }
    }

    @Override
    public void close() {
        link.close();
    }

    /// Whether the last attempt changed anything.
    private boolean resume() {
        last = link.resume();
        return switch (last) {
            case SENT, PARTLY_SENT, CLOSED -> true;
            case BACK_PRESSURED, NOT_CONNECTED -> false;
        };
    }
}
