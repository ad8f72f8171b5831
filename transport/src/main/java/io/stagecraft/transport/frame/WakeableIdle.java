package io.stagecraft.transport.frame;

import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/// Idling of a duty cycle that leaves the cores to the compute threads: a few yields, then parks that grow
/// from 50 µs to a limit, each ended at once by [#wake]. Never spins.
///
/// A call of [#wake] after the last look for work is never lost: it is remembered until the next park.
///
/// Threads: one idles, any wakes.
public final class WakeableIdle implements IdleStrategy {
    private static final int NUM_YIELDS = 2;
    private static final long FIRST_PARK_NANOS = 50_000;

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

    @Override
    public void idle(int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        if (idles < NUM_YIELDS) {
            idles++;
            Thread.yield();
            return;
        }
        owner = Thread.currentThread();
        parked = true;
        if (!woken) {
            int doublings = Math.min(idles - NUM_YIELDS, Long.SIZE / 4);
            LockSupport.parkNanos(this, Math.min(FIRST_PARK_NANOS << doublings, longestParkNanos));
        }
        parked = false;
        idles = woken ? 0 : Math.min(idles + 1, NUM_YIELDS + Long.SIZE / 4);
        woken = false;
    }

    @Override
    public void reset() {
        idles = 0;
    }

    @Override
    public String alias() {
        return "wakeable";
    }
}
