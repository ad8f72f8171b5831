package io.stagecraft.tests.benchmark;

import io.stagecraft.transport.exchange.Exchange;
import java.lang.foreign.MemorySegment;

/// An exchange whose meetings count as waiting, and whatever the rank computes between them as the
/// collective's sums and copies.
///
/// @param probe the rank's
/// @param exchange what it does
record ProfiledExchange(RankProbe probe, Exchange exchange) implements Exchange {
    @Override
    public int rank() {
        return exchange.rank();
    }

    @Override
    public int size() {
        return exchange.size();
    }

    @Override
    public void share(MemorySegment mine, long[] from, long[] to, MemorySegment[] views) {
        Activity before = probe.enter(Activity.WAIT_COLLECTIVE);
        exchange.share(mine, from, to, views);
        probe.enter(before);
        probe.round(true);
    }

    @Override
    public void release() {
        probe.round(false);
        Activity before = probe.enter(Activity.WAIT_COLLECTIVE);
        exchange.release();
        probe.enter(before);
    }

    @Override
    public void barrier() {
        Activity before = probe.enter(Activity.WAIT_COLLECTIVE);
        exchange.barrier();
        probe.enter(before);
    }
}
