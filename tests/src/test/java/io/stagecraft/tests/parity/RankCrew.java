package io.stagecraft.tests.parity;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.stages.link.LocalCollectives;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.Progress;
import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TensorParallelRank;
import io.stagecraft.stages.run.TokenSamples;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.LoopbackTransport;
import io.stagecraft.transport.WaitStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// All ranks of a layout in this JVM, each on a thread of its own, over the loopback transport and without
/// actors: the caller is the coordinator and runs one phase after another.
final class RankCrew implements AutoCloseable {
    /// What the ranks compute on.
    record Work(RankSpec spec, Supplier<Backend> backends, TokenSamples training, TokenSamples validation) {}

    private record Order(Phase phase, CompletableFuture<PhaseResult> answer) {}

    private static final long LIMIT_SECONDS = 120;

    private final Work work;
    private final AbortSignal signal = new AbortSignal();
    private final LoopbackTransport transport = new LoopbackTransport();
    private final LocalCollectives collectives;
    private final List<BlockingQueue<Order>> orders = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    RankCrew(Work work) {
        this.work = work;
        collectives = new LocalCollectives(topology(), signal, WaitStyle.PARK);
        for (RankCoordinate rank : ranks()) {
            var queue = new ArrayBlockingQueue<Order>(1);
            orders.add(queue);
            threads.add(Thread.ofPlatform().name(rank.toString()).start(() -> live(rank, queue)));
        }
    }

    /// Answers of all ranks, in the order of [#ranks].
    List<PhaseResult> run(Phase phase) throws InterruptedException {
        var answers = new ArrayList<CompletableFuture<PhaseResult>>();
        for (BlockingQueue<Order> queue : orders) {
            var answer = new CompletableFuture<PhaseResult>();
            answers.add(answer);
            queue.put(new Order(phase, answer));
        }
        var results = new ArrayList<PhaseResult>();
        for (CompletableFuture<PhaseResult> answer : answers) {
            try {
                results.add(answer.get(LIMIT_SECONDS, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                throw new AssertionError(topology() + ", " + phase + ": " + e.getCause(), e.getCause());
            } catch (TimeoutException e) {
                signal.abort("the test waited long enough");
                throw new AssertionError(topology() + ", " + phase + " did not end in time", e);
            }
        }
        return results;
    }

    /// Stages ascending, then replicas, then tensor ranks.
    List<RankCoordinate> ranks() {
        var ranks = new ArrayList<RankCoordinate>();
        for (int stage = 0; stage < topology().pipelineSize(); stage++) {
            for (int data = 0; data < topology().dataSize(); data++) {
                for (int tensor = 0; tensor < topology().tensorSize(); tensor++) {
                    ranks.add(new RankCoordinate(tensor, stage, data));
                }
            }
        }
        return ranks;
    }

    private ParallelTopology topology() {
        return work.spec().topology();
    }

    @Override
    public void close() {
        signal.abort("the test is over");
        threads.forEach(Thread::interrupt);
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        transport.close();
    }

    private void live(RankCoordinate rank, BlockingQueue<Order> queue) {
        var arrivals = new Semaphore(0);
        var ports = new RankPorts(
                work.backends().get(),
                transport,
                collectives.of(rank),
                work.training(),
                work.validation(),
                signal,
                WaitStyle.PARK,
                arrivals::release);
        try (RankProgram program = TensorParallelRank.open(work.spec().at(rank), ports)) {
            while (true) {
                obey(program, queue.take(), arrivals);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private void obey(RankProgram program, Order order, Semaphore arrivals) throws InterruptedException {
        try {
            program.begin(order.phase());
            while (program.advance() == Progress.WAITING) {
                // an abort does not release: look at it from time to time
                arrivals.tryAcquire(50, TimeUnit.MILLISECONDS);
            }
            order.answer().complete(program.result());
        } catch (RuntimeException | Error e) {
            order.answer().completeExceptionally(e);
            signal.abort("another rank failed: " + e);
        }
    }
}
