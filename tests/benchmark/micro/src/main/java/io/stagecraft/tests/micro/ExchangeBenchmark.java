package io.stagecraft.tests.micro;

import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.link.CollectiveGroup;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Collectives between two ranks of one JVM, beside the memory bound: the bytes that both ranks
/// together must read and write at least, at the rate at which two threads read and write memory.
/// Iterations are short, so that some fall between what other programs do.
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 10, time = 60, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 30, time = 40, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class ExchangeBenchmark {
    /// Both ranks' tensors are read and written once.
    @State(Scope.Benchmark)
    public static class AllReduce {
        private static final BiConsumer<CollectiveGroup, RankMemory> CALL =
                (group, memory) -> group.allReduceSum(memory.ofCollective());

        /// Starts rank 1.
        @Setup(Level.Iteration)
        public void start(TwoRanks ranks) throws InterruptedException {
            ranks.start(CALL);
        }

        /// Ends rank 1.
        @TearDown(Level.Iteration)
        public void stop(TwoRanks ranks) throws InterruptedException {
            ranks.stop();
        }
    }

    /// Each rank reads the half that it lacks and writes it.
    @State(Scope.Benchmark)
    public static class AllGather {
        private static final BiConsumer<CollectiveGroup, RankMemory> CALL = (group, memory) -> {
            Tensor full = memory.ofCollective();
            long half = full.numElements() / 2;
            group.allGather(full.slice(group.rank() * half, half), full);
        };

        /// Starts rank 1.
        @Setup(Level.Iteration)
        public void start(TwoRanks ranks) throws InterruptedException {
            ranks.start(CALL);
        }

        /// Ends rank 1.
        @TearDown(Level.Iteration)
        public void stop(TwoRanks ranks) throws InterruptedException {
            ranks.stop();
        }
    }

    /// Four passes over a tensor: both are read, both are written.
    @Benchmark
    public void allReduce(AllReduce running, TwoRanks ranks, Work work, MemoryReference memory) {
        AllReduce.CALL.accept(ranks.first().group(), ranks.first().memory());
        work.moved(4.0 * ranks.bytes);
    }

    /// Two passes over a tensor: each rank reads a half and writes a half.
    @Benchmark
    public void allGather(AllGather running, TwoRanks ranks, Work work, MemoryReference memory) {
        AllGather.CALL.accept(ranks.first().group(), ranks.first().memory());
        work.moved(2.0 * ranks.bytes);
    }
}
