package io.stagecraft.transport.frame;

import java.util.concurrent.locks.LockSupport;

/// Idling of a duty cycle that leaves the cores to the compute threads: yields for 20 µs, since the
/// next frame of a message is a few µs away, then parks that grow from 50 µs to a limit, each ended
/// at once by [#wake].
///
/// A call of [#wake] after the last look for work is never lost: it is remembered until the next
/// park.
///
/// Threads: one idles, any wakes.
public final class WakeableIdle {
    private static final long YIELD_NANOS = 20_000;
    private static final long FIRST_PARK_NANOS = 50_000;
    private static final int MAX_DOUBLINGS = 16;

    private final long longestParkNanos;
    private volatile Thread owner = Thread.currentThread();
    private volatile boolean parked;
    private volatile boolean woken;
    private long workedAtNanos = System.nanoTime();
    private int parks;

    /// Parks at most `longestParkNanos` at a time.
    public WakeableIdle(long longestParkNanos) {
        this.longestParkNanos = longestParkNanos;
    }

    /// Ends the current or the next park.
    public void wake() {
        woken = true;
        if (parked) {
            LockSupport.unpark(owner);
        }
    }

    /// Called after a duty cycle that found `workCount` pieces of work: waits if that is none.
    public void idle(int workCount) {
        if (workCount > 0) {
            worked();
        } else if (parks == 0 && System.nanoTime() - workedAtNanos < YIELD_NANOS) {
            Thread.yield();
        } else {
            park();
        }
    }

    private void park() {
        owner = Thread.currentThread();
        parked = true;
        if (!woken) {
            LockSupport.parkNanos(this, Math.min(FIRST_PARK_NANOS << parks, longestParkNanos));
        }
        parked = false;
        if (woken) {
            worked();
        } else {
            parks = Math.min(parks + 1, MAX_DOUBLINGS);
        }
        woken = false;
    }

    private void worked() {
        parks = 0;
        workedAtNanos = System.nanoTime();
    }
}
