package io.stagecraft.stages.link;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Reduction;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.transport.exchange.Exchange;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Collectives of one rank: bytes by an [Exchange], sums by the rank's [Backend] in ascending rank
/// order, so that results are bitwise equal on all ranks and from run to run. Serves the
/// tensor-parallel group, the replicas that sum their gradients, and the two ends of the pipeline
/// that share the embedding.
///
/// All-reduce: each rank adds up one slice of all ranks' tensors and writes the sums into all of
/// them, so that every element is read once and written once at each rank, between two meetings.
///
/// - Thread: the rank's compute thread; every method blocks it until the group is there.
public final class CollectiveGroup implements TensorParallelGroup {
    private final Exchange exchange;
    private final Backend backend;
    private final MemorySegment[] views;
    private final MemorySegment[] parts;
    private final long[] from;
    private final long[] to;
    private long nanos;

    private CollectiveGroup(Exchange exchange, Backend backend) {
        int size = exchange.size();
        this.exchange = exchange;
        this.backend = backend;
        this.views = new MemorySegment[size];
        this.parts = new MemorySegment[size];
        this.from = new long[size];
        this.to = new long[size];
    }

    /// Borrows `exchange` and `backend`.
    public static CollectiveGroup of(Exchange exchange, Backend backend) {
        return new CollectiveGroup(exchange, backend);
    }

    @Override
    public int rank() {
        return exchange.rank();
    }

    @Override
    public int size() {
        return exchange.size();
    }

    @Override
    public void allReduceSum(Tensor x) {
        allReduce(Reduction.SUM, x);
    }

    @Override
    public void allReduceMax(Tensor x) {
        allReduce(Reduction.MAX, x);
    }

    @Override
    public void allGather(Tensor slice, Tensor full) {
        long length = slice.numElements();
        if (length * size() != full.numElements()) {
            throw new IllegalArgumentException(
                    "all-gather: expected " + size() + " slices like " + slice + " but the whole is " + full);
        }
        long start = System.nanoTime();
        Tensor mine = full.slice(rank() * length, length);
        if (!isSamePlace(slice, mine)) {
            backend.copy(slice.reshape(mine.shape()), mine);
        }
        for (int p = 0; p < size(); p++) {
            setRange(p, p * length, length, full);
        }
        gather(full);
        nanos += System.nanoTime() - start;
    }

    /// Makes `full` whole on every rank, of which each has written its slice of [SliceBorders]: how
    /// an activation that came in slices over the links is put together.
    void gatherSlices(Tensor full) {
        if (size() == 1) {
            return;
        }
        long start = System.nanoTime();
        setSlices(full);
        gather(full);
        nanos += System.nanoTime() - start;
    }

    /// What [#sumRanges] fills.
    ///
    /// @param sum elements of the tensor that is summed
    /// @param squares of the sum, as [Backend#reduceSquares] gives them; of no elements where they
    ///     are not wanted
    public record SummedRange(Tensor sum, Tensor squares) {}

    /// Sums `x` over the ranks, in ascending rank order, in `ranges` only, which lie within
    /// elements `[borders[rank], borders[rank + 1])` of it; the rest of `x` stays as it is. Ranks
    /// have equal `borders`.
    ///
    /// - Source: reduce-scatter, as Megatron-LM's distributed optimizer uses it.
    public void sumRanges(Tensor x, long[] borders, List<SummedRange> ranges) {
        long start = System.nanoTime();
        for (int p = 0; p < size(); p++) {
            setRange(p, borders[rank()], borders[rank() + 1] - borders[rank()], x);
        }
        exchange.share(backend.readable(x), from, to, views);
        for (SummedRange range : ranges) {
            long first = range.sum().offsetBytes() - x.offsetBytes();
            for (int p = 0; p < size(); p++) {
                parts[p] = views[p].asSlice(first, range.sum().sizeBytes());
            }
            if (range.squares().numElements() > 0) {
                backend.reduceSquares(parts, size(), range.sum(), range.squares());
            } else {
                backend.reduce(Reduction.SUM, parts, size(), range.sum());
            }
        }
        exchange.release();
        nanos += System.nanoTime() - start;
    }

    /// Makes `full` whole on every rank, of which rank `p` has written elements
    /// `[borders[p], borders[p + 1])`. Ranks have equal `borders`.
    public void gatherRanges(Tensor full, long[] borders) {
        if (size() == 1) {
            return;
        }
        long start = System.nanoTime();
        for (int p = 0; p < size(); p++) {
            setRange(p, borders[p], borders[p + 1] - borders[p], full);
        }
        gather(full);
        nanos += System.nanoTime() - start;
    }

    /// Waits until every rank is here.
    public void barrier() {
        exchange.barrier();
    }

    /// Wall time inside collectives since the last call, waiting included.
    public long takeNanos() {
        long taken = nanos;
        nanos = 0;
        return taken;
    }

    private void allReduce(Reduction reduction, Tensor x) {
        if (size() == 1) {
            return;
        }
        long start = System.nanoTime();
        reduceSlice(reduction, x);
        nanos += System.nanoTime() - start;
    }

    private void reduceSlice(Reduction reduction, Tensor x) {
        long first = SliceBorders.from(x.numElements(), rank(), size());
        long length = SliceBorders.length(x.numElements(), rank(), size());
        for (int p = 0; p < size(); p++) {
            setRange(p, first, length, x);
        }
        exchange.share(backend.memory(x), from, to, views);
        for (int p = 0; p < size(); p++) {
            parts[p] = views[p].asSlice(from[p], to[p] - from[p]);
        }
        backend.reduceIntoAll(reduction, parts, size(), x.dtype());
        exchange.release();
    }

    /// Copies the ranges `from`, `to` of the peers' views to the same places of `full`.
    private void gather(Tensor full) {
        exchange.share(backend.readable(full), from, to, views);
        int elementBytes = full.dtype().sizeBytes();
        for (int p = 0; p < size(); p++) {
            if (p != rank() && to[p] > from[p]) {
                Tensor slice = full.slice(from[p] / elementBytes, (to[p] - from[p]) / elementBytes);
                backend.write(views[p].asSlice(from[p], to[p] - from[p]), slice);
            }
        }
        exchange.release();
    }

    private void setSlices(Tensor full) {
        for (int p = 0; p < size(); p++) {
            setRange(
                    p,
                    SliceBorders.from(full.numElements(), p, size()),
                    SliceBorders.length(full.numElements(), p, size()),
                    full);
        }
    }

    private void setRange(int p, long first, long length, Tensor tensor) {
        from[p] = first * tensor.dtype().sizeBytes();
        to[p] = (first + length) * tensor.dtype().sizeBytes();
    }

    private static boolean isSamePlace(Tensor a, Tensor b) {
        return a.storage() == b.storage() && a.offsetBytes() == b.offsetBytes();
    }
}
