package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Reduction;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A tensor-parallel group of threads that meet at a barrier.
public final class BarrierGroup implements TensorParallelGroup {
    private final Meeting meeting;
    private final int rank;
    private final Backend backend;

    /// What the ranks share.
    public static final class Meeting {
        private final int size;
        private final CyclicBarrier barrier;
        private final MemorySegment[] parts;

        public Meeting(int size) {
            this.size = size;
            barrier = new CyclicBarrier(size);
            parts = new MemorySegment[size];
        }

        private void await() {
            try {
                barrier.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new IllegalStateException("a rank did not come to the collective", e);
            }
        }

        void leave() {
            barrier.reset();
        }
    }

    public BarrierGroup(Meeting meeting, int rank, Backend backend) {
        this.meeting = meeting;
        this.rank = rank;
        this.backend = backend;
    }

    /// What a rank runs.
    public interface RankWork<T> {
        T run(int rank, Meeting meeting);
    }

    /// Runs `work` on `size` threads and gives the results by rank.
    public static <T> List<T> onRanks(int size, RankWork<T> work) {
        var meeting = new Meeting(size);
        try (var threads = Executors.newFixedThreadPool(size)) {
            var futures = new ArrayList<Future<T>>();
            for (int rank = 0; rank < size; rank++) {
                int own = rank;
                Callable<T> task = () -> {
                    try {
                        return work.run(own, meeting);
                    } catch (RuntimeException | Error e) {
                        meeting.leave();
                        throw e;
                    }
                };
                futures.add(threads.submit(task));
            }
            var results = new ArrayList<T>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return meeting.size;
    }

    @Override
    public void allReduceSum(Tensor x) {
        reduce(Reduction.SUM, x);
    }

    @Override
    public void allReduceMax(Tensor x) {
        reduce(Reduction.MAX, x);
    }

    private void reduce(Reduction reduction, Tensor x) {
        meeting.parts[rank] =
                MemorySegment.ofArray(backend.readable(x).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        meeting.await();
        backend.reduce(reduction, meeting.parts, meeting.size, x);
        meeting.await();
    }

    @Override
    public void allGather(Tensor slice, Tensor full) {
        throw new UnsupportedOperationException("layers do not gather");
    }
}
