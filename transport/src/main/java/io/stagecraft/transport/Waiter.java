package io.stagecraft.transport;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Makes one thread wait for a condition: looks for at most 20 µs where the [WaitStyle] allows it,
/// then parks. Every wait ends with [AbortedException] when the run is aborted or the thread is
/// interrupted.
///
/// Allocates nothing. The thread registers itself with the [AbortSignal] at its first wait.
///
/// Threads: one waits, any calls [#wake].
public final class Waiter {
    private static final long SPIN_NANOS = 20_000;

    /// How a wait goes on.
    private enum Pace {
        /// Somebody with a core of its own ends it by [#wake]; the park's limit is a backstop.
        /// Spinning keeps the core: on a machine with other work a yield gives it away for
        /// milliseconds, while the group waits.
        WOKEN(SPIN_NANOS, 1_000_000, 1_000_000),
        /// Nobody calls [#wake], and what is waited for may need this core: soon offers it.
        RETRIED(2_000, 25_000, 200_000);

        private final long busyNanos;
        private final long firstParkNanos;
        private final long longestParkNanos;

        Pace(long busyNanos, long firstParkNanos, long longestParkNanos) {
            this.busyNanos = busyNanos;
            this.firstParkNanos = firstParkNanos;
            this.longestParkNanos = longestParkNanos;
        }
    }

    private final AbortSignal signal;
    private final long spinNanos;
    private volatile Thread owner = Thread.currentThread();
    private volatile boolean parked;
    private boolean registered;

    /// For one thread, which need not be the one that calls this.
    public Waiter(AbortSignal signal, WaitStyle style) {
        this.signal = signal;
        this.spinNanos = switch (style) {
            case SPIN_THEN_PARK -> SPIN_NANOS;
            case PARK -> 0;
        };
    }

    /// Waits until `condition` holds. Whoever makes it true calls [#wake] afterwards.
    public void await(BooleanSupplier condition) {
        waitUntil(condition, Long.MAX_VALUE, Pace.WOKEN);
    }

    /// As [#await], but gives up after `timeout`. Returns whether the condition held.
    public boolean await(BooleanSupplier condition, Duration timeout) {
        return waitUntil(condition, timeout.toNanos(), Pace.WOKEN);
    }

    /// Waits until `condition` holds, without anybody who calls [#wake]: asks again after at most
    /// 200 µs. For a send under back pressure the condition is the next attempt.
    public void retry(BooleanSupplier condition) {
        waitUntil(condition, Long.MAX_VALUE, Pace.RETRIED);
    }

    /// As [#retry], but gives up after `timeout`. Returns whether the condition held.
    public boolean retry(BooleanSupplier condition, Duration timeout) {
        return waitUntil(condition, timeout.toNanos(), Pace.RETRIED);
    }

    /// Throws [AbortedException] if the run is aborted.
    public void check() {
        signal.check();
    }

    /// Lets the waiting thread look at its condition again.
    ///
    /// The condition must have been made true by a volatile or atomic write: then either the
    /// waiting thread sees it before it parks, or this call sees that it parks.
    public void wake() {
        if (parked) {
            LockSupport.unpark(owner);
        }
    }

    private boolean waitUntil(BooleanSupplier condition, long timeoutNanos, Pace pace) {
        signal.check();
        if (condition.getAsBoolean()) {
            return true;
        }
        bind();
        long start = System.nanoTime();
        long waited = 0;
        long parkNanos = pace.firstParkNanos;
        while (waited < timeoutNanos) {
            if (waited < Math.min(spinNanos, pace.busyNanos)) {
                Thread.onSpinWait();
            } else if (waited < spinNanos) {
                Thread.yield();
            } else {
                if (parkUnless(condition, Math.min(parkNanos, timeoutNanos - waited))) {
                    return true;
                }
                parkNanos = Math.min(2 * parkNanos, pace.longestParkNanos);
            }
            signal.check();
            if (condition.getAsBoolean()) {
                return true;
            }
            waited = System.nanoTime() - start;
        }
        return false;
    }

    /// Returns whether the condition held, which is asked once more after `parked` is set: see
    /// [#wake].
    private boolean parkUnless(BooleanSupplier condition, long nanos) {
        parked = true;
        try {
            if (condition.getAsBoolean()) {
                return true;
            }
            if (!signal.isAborted()) {
                LockSupport.parkNanos(this, nanos);
            }
        } finally {
            parked = false;
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new AbortedException(Thread.currentThread().getName() + " was interrupted while it waited");
        }
        return false;
    }

    private void bind() {
        Thread current = Thread.currentThread();
        if (!registered || owner != current) {
            owner = current;
            registered = true;
            signal.register();
        }
    }
}
