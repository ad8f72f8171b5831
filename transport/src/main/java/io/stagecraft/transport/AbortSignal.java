package io.stagecraft.transport;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// One flag for a whole run in one JVM: every wait of every rank checks it, so that neither a dead
/// peer nor a full queue can hold a thread for ever.
///
/// Threads: any. The first cause wins.
public final class AbortSignal {
    private final AtomicReference<Object> cause = new AtomicReference<>(NO_CAUSE);
    private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();

    private static final Object NO_CAUSE = new Object();

    /// Ends every wait, now and later, with [AbortedException]; later calls change nothing.
    public void abort(String reason) {
        cause.compareAndSet(NO_CAUSE, reason);
        waiting.forEach(LockSupport::unpark);
    }

    /// Whether [#abort] was called.
    public boolean isAborted() {
        return cause.get() != NO_CAUSE;
    }

    /// Throws [AbortedException] if [#abort] was called.
    public void check() {
        if (isAborted()) {
            throw new AbortedException(String.valueOf(cause.get()));
        }
    }

    /// Registers the calling thread to be unparked by [#abort], from now to the end of the run.
    /// Registering again changes nothing.
    public void register() {
        waiting.add(Thread.currentThread());
    }
}
