package io.stagecraft.transport.exchange;

import java.lang.foreign.MemorySegment;

/// Byte ranges among the ranks of a group, by shared memory inside a JVM or by frames between JVMs.
/// Knows no dtype: sums are the caller's. All ranks make the same calls in the same order.
///
/// Thread: each rank's own. Waits spin at most 20 µs, then park; an
/// [io.stagecraft.transport.AbortSignal] ends every wait.
public interface Exchange {
    /// Position of this rank.
    int rank();

    /// Number of ranks.
    int size();

    /// Offers `mine` to the group and waits until every rank has offered; then `views[p]` is what
    /// rank `p` offered (`views[rank()]` is `mine`). `views` has [#size] places and is the caller's
    /// to reuse. Within `mine` the caller may write only ranges that no peer reads in this round.
    ///
    /// `from(p)`/`to(p)`: the byte range `[from[p], to[p])` of rank `p`'s segment is all that this
    /// rank will read: a remote exchange transfers only that. Where rank `p` has offered memory
    /// that may be written, this rank may write that range too, if no other one reads or writes it
    /// in this round: what it wrote is in rank `p`'s segment when [#release] returns there. Memory
    /// that is offered read-only is for reading.
    void share(MemorySegment mine, long[] from, long[] to, MemorySegment[] views);

    /// Ends the round that [#share] began and waits until every rank has: afterwards `mine` may be
    /// written.
    void release();

    /// Waits until every rank is here.
    void barrier();
}
