package io.stagecraft.transport;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Makes one thread wait for a condition: spins at most 20 µs where the [WaitStyle] allows it, then
/// parks. Every wait ends with [AbortedException] when the run is aborted or the thread is interrupted.
///
/// Allocates nothing. The thread registers itself with the [AbortSignal] at its first wait.
///
/// Threads: one waits, any calls [#wake].
public final class Waiter {
    private static final long SPIN_NANOS = 20_000;
    /// After this a spinning thread offers its core to others that are ready: on a machine with other
    /// work it would keep away the thread it waits for.
    private static final long BUSY_NANOS = 2_000;
    /// Longest park of a wait that somebody ends by [#wake]: a backstop only.
    private static final long WOKEN_PARK_NANOS = 1_000_000;
    /// First and longest park of a wait that nobody ends by [#wake].
    private static final long FIRST_RETRY_PARK_NANOS = 25_000;

    private static final long LONGEST_RETRY_PARK_NANOS = 200_000;

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
        waitUntil(condition, Long.MAX_VALUE, WOKEN_PARK_NANOS, WOKEN_PARK_NANOS);
    }

    /// As [#await], but gives up after `timeout`. Returns whether the condition held.
    public boolean await(BooleanSupplier condition, Duration timeout) {
        return waitUntil(condition, timeout.toNanos(), WOKEN_PARK_NANOS, WOKEN_PARK_NANOS);
    }

    /// Waits until `condition` holds, without anybody who calls [#wake]: asks again after at most 200
    /// µs. For a send under back pressure the condition is the next attempt.
    public void retry(BooleanSupplier condition) {
        waitUntil(condition, Long.MAX_VALUE, FIRST_RETRY_PARK_NANOS, LONGEST_RETRY_PARK_NANOS);
    }

    /// As [#retry], but gives up after `timeout`. Returns whether the condition held.
    public boolean retry(BooleanSupplier condition, Duration timeout) {
        return waitUntil(condition, timeout.toNanos(), FIRST_RETRY_PARK_NANOS, LONGEST_RETRY_PARK_NANOS);
    }

    /// Lets the waiting thread look at its condition again.
    ///
    /// The condition must have been made true by a volatile or atomic write: then either the waiting
    /// thread sees it before it parks, or this call sees that it parks.
    public void wake() {
        if (parked) {
            LockSupport.unpark(owner);
        }
    }

    private boolean waitUntil(
            BooleanSupplier condition, long timeoutNanos, long firstParkNanos, long longestParkNanos) {
        signal.check();
        if (condition.getAsBoolean()) {
            return true;
        }
        bind();
        long start = System.nanoTime();
        long waited = 0;
        long parkNanos = firstParkNanos;
        while (waited < timeoutNanos) {
            if (waited < Math.min(spinNanos, BUSY_NANOS)) {
                Thread.onSpinWait();
            } else if (waited < spinNanos) {
                Thread.yield();
            } else {
                if (parkUnless(condition, Math.min(parkNanos, timeoutNanos - waited))) {
                    return true;
                }
                parkNanos = Math.min(2 * parkNanos, longestParkNanos);
            }
            signal.check();
            if (condition.getAsBoolean()) {
                return true;
            }
            waited = System.nanoTime() - start;
        }
        return false;
    }

    /// Returns whether the condition held, which is asked once more after `parked` is set: see [#wake].
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
