package io.stagecraft.transport.exchange;

import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.WaitStyle;
import io.stagecraft.transport.Waiter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Exchange among the ranks of one JVM: peers read the offered segments themselves, nothing is
/// copied.
///
/// Every call is one meeting of all ranks. The ranks count themselves in; the last one publishes
/// the number of the meeting and wakes those that parked. Offered segments are written before the
/// count and read after the number, so both orders are held by the two volatile variables.
/// Allocates nothing after the start.
///
/// Segments must be readable by every rank's thread: of shared arenas, not of confined ones.
///
/// After an abort the group is of no more use: every call throws
/// [io.stagecraft.transport.AbortedException].
public final class LocalExchange implements Exchange {
    /// What the ranks of one group share.
    private static final class Group {
        private final AtomicLong arrivals = new AtomicLong();
        private final MemorySegment[] offered;
        private final Waiter[] waiters;
        private volatile long meetingsHeld;

        Group(int size, AbortSignal signal, WaitStyle style) {
            offered = new MemorySegment[size];
            Arrays.fill(offered, MemorySegment.NULL);
            waiters = new Waiter[size];
            Arrays.setAll(waiters, _ -> new Waiter(signal, style));
        }
    }

    private final Group group;
    private final int rank;
    private final AbortSignal signal;
    private final BooleanSupplier meetingIsHeld;
    private long meeting;
    private boolean inRound;

    private LocalExchange(Group group, int rank, AbortSignal signal) {
        this.group = group;
        this.rank = rank;
        this.signal = signal;
        this.meetingIsHeld = () -> group.meetingsHeld >= meeting;
    }

    /// The exchanges of a group of `size` ranks that wait in `style`, in rank order: one for each
    /// rank's thread. `signal` ends every wait.
    public static List<Exchange> group(int size, AbortSignal signal, WaitStyle style) {
        if (size < 1) {
            throw new IllegalArgumentException("size of an exchange group must be >= 1 but is " + size);
        }
        var group = new Group(size, signal, style);
        var exchanges = new ArrayList<Exchange>(size);
        for (int rank = 0; rank < size; rank++) {
            exchanges.add(new LocalExchange(group, rank, signal));
        }
        return List.copyOf(exchanges);
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return group.offered.length;
    }

    @Override
    public void share(MemorySegment mine, long[] from, long[] to, MemorySegment[] views) {
        if (inRound) {
            throw new IllegalStateException("rank " + rank + ": share within a round; call release first");
        }
        if (from.length != size() || to.length != size() || views.length != size()) {
            throw new IllegalArgumentException(
                    "rank %d: from, to and views need one place per rank, expected %d, got %d, %d and %d"
                            .formatted(rank, size(), from.length, to.length, views.length));
        }
        group.offered[rank] = mine;
        meet();
        inRound = true;
        System.arraycopy(group.offered, 0, views, 0, views.length);
        checkRanges(from, to, views);
    }

    @Override
    public void release() {
        if (!inRound) {
            throw new IllegalStateException("rank " + rank + ": release without share");
        }
        inRound = false;
        meet();
    }

    @Override
    public void barrier() {
        meet();
    }

    private void meet() {
        signal.check();
        meeting++;
        if (group.arrivals.incrementAndGet() < meeting * size()) {
            group.waiters[rank].await(meetingIsHeld);
            return;
        }
        group.meetingsHeld = meeting;
        for (int peer = 0; peer < size(); peer++) {
            if (peer != rank) {
                group.waiters[peer].wake();
            }
        }
    }

    private void checkRanges(long[] from, long[] to, MemorySegment[] views) {
        for (int peer = 0; peer < views.length; peer++) {
            if (from[peer] < 0 || to[peer] < from[peer] || to[peer] > views[peer].byteSize()) {
                throw new IllegalArgumentException(
                        "rank %d wants bytes [%d, %d) of rank %d, which offered %d bytes; the ranks' calls differ"
                                .formatted(rank, from[peer], to[peer], peer, views[peer].byteSize()));
            }
        }
    }
}
