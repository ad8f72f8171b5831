package io.stagecraft.tests.micro;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.stages.link.CollectiveGroup;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.AbortedException;
import io.stagecraft.transport.WaitStyle;
import io.stagecraft.transport.exchange.Exchange;
import io.stagecraft.transport.exchange.LocalExchange;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.BiConsumer;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Two tensor ranks of one JVM. JMH's thread is rank 0; rank 1 makes the same calls on a thread of
/// its own, which is started before each iteration and ended after it by an abort.
@State(Scope.Benchmark)
public class TwoRanks {
    /// More than the last-level cache that a machine of this kind has to itself.
    private static final long ROTATION_BYTES = 256L << 20;

    /// Where the tensors are when a collective begins.
    public enum Place {
        /// In memory: all of 256 MiB a rank have their turns.
        MEMORY,
        /// In the caches: one a rank, again and again.
        CACHE
    }

    /// One rank.
    record Rank(Backend backend, RankMemory memory, CollectiveGroup group) {}

    /// Of an activation: 4 KiB, M, T, S, and two larger ones.
    @Param({"4096", "393216", "1572864", "3145728", "16777216", "44040192"})
    public long bytes;

    /// See [Place].
    @Param({"MEMORY", "CACHE"})
    public Place place;

    private CpuRuntime runtime;
    private List<Backend> backends;
    private List<RankMemory> memories;
    private List<Rank> ranks;
    private AbortSignal signal;
    private Thread peer;
    private double memoryRate;
    private CoresInUse cores = CoresInUse.fromNow();

    /// Allocates the tensors.
    @Setup(Level.Trial)
    public void open() {
        runtime = CpuRuntime.open(new CpuRuntimeConfig(KernelOperands.library("openblas")));
        backends = List.of(runtime.newBackend(), runtime.newBackend());
        backends.getFirst().warmUp(EnumSet.allOf(KernelGroup.class));
        memories = backends.stream()
                .map(backend -> new RankMemory(backend, place, bytes, (int) Math.max(2, ROTATION_BYTES / bytes)))
                .toList();
    }

    /// Measures memory; then rank 1 does `collective` as often as rank 0 does.
    void start(BiConsumer<CollectiveGroup, RankMemory> collective) throws InterruptedException {
        cores = CoresInUse.fromNow();
        memoryRate = measureMemory();
        signal = new AbortSignal();
        List<Exchange> exchanges = LocalExchange.group(2, signal, WaitStyle.SPIN_THEN_PARK);
        ranks = List.of(rank(0, exchanges), rank(1, exchanges));
        Rank second = ranks.get(1);
        peer = Thread.ofPlatform().name("rank-1").start(() -> {
            try {
                while (!signal.isAborted()) {
                    collective.accept(second.group(), second.memory());
                }
            } catch (AbortedException _) {
                // the iteration is over
            }
        });
    }

    /// Ends rank 1.
    void stop() throws InterruptedException {
        signal.abort("the iteration is over");
        peer.join();
    }

    /// Rank 0.
    Rank first() {
        return ranks.getFirst();
    }

    /// 1e9 bytes a second that two threads scaled in place before this iteration, each in its own
    /// tensors: as many are read as written.
    double memoryRate() {
        return memoryRate;
    }

    /// Cores that this process had since the measurement of memory before this iteration.
    double cores() {
        return cores.mean();
    }

    private double measureMemory() throws InterruptedException {
        var together = new CyclicBarrier(2);
        double[] rates = new double[2];
        Thread other = Thread.ofPlatform().start(() -> rates[1] = scaleRate(1, together));
        rates[0] = scaleRate(0, together);
        other.join();
        return rates[0] + rates[1];
    }

    private double scaleRate(int rank, CyclicBarrier together) {
        Backend backend = backends.get(rank);
        RankMemory memory = memories.get(rank);
        try {
            together.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException("measuring memory: the other thread did not come", e);
        }
        return Rates.of(2.0 * bytes, () -> backend.scale(memory.next(), 1));
    }

    private Rank rank(int number, List<Exchange> exchanges) {
        return new Rank(
                backends.get(number),
                memories.get(number),
                CollectiveGroup.of(exchanges.get(number), backends.get(number)));
    }

    /// Frees what [#open] allocated.
    @TearDown(Level.Trial)
    public void close() {
        memories.forEach(RankMemory::close);
        backends.forEach(Backend::close);
        runtime.close();
    }
}
