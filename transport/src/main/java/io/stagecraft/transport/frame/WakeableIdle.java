package io.stagecraft.transport.frame;

import java.util.concurrent.locks.LockSupport;

/// Idling of a duty cycle that leaves the cores to the compute threads: a few yields, then parks that
/// grow from 50 µs to a limit, each ended at once by [#wake]. Never spins.
///
/// A call of [#wake] after the last look for work is never lost: it is remembered until the next park.
///
/// Threads: one idles, any wakes.
public final class WakeableIdle {
    private static final int NUM_YIELDS = 2;
    private static final long FIRST_PARK_NANOS = 50_000;
    private static final int MAX_DOUBLINGS = 16;

    private final long longestParkNanos;
    private volatile Thread owner = Thread.currentThread();
    private volatile boolean parked;
    private volatile boolean woken;
    private int idles;

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
            idles = 0;
        } else if (idles < NUM_YIELDS) {
            idles++;
            Thread.yield();
        } else {
            park();
        }
    }

    private void park() {
        owner = Thread.currentThread();
        parked = true;
        if (!woken) {
            int doublings = Math.min(idles - NUM_YIELDS, MAX_DOUBLINGS);
            LockSupport.parkNanos(this, Math.min(FIRST_PARK_NANOS << doublings, longestParkNanos));
        }
        parked = false;
        idles = woken ? 0 : Math.min(idles + 1, NUM_YIELDS + MAX_DOUBLINGS);
        woken = false;
    }
}
