package io.stagecraft.actors.train;

import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.Progress;
import io.stagecraft.stages.run.RankFailure;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.run.RankTiming;
import io.stagecraft.stages.run.TokenChoice;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortSignal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/// Ranks that compute nothing: later stages wait for an arrival that another thread announces, and the
/// tensor ranks of a stage meet in a collective that only an abort can end early, but not to save.
final class FakeRanks implements RankFactory {
    /// What a rank does before it meets the others: nothing, or throw.
    interface Script extends BiConsumer<RankCoordinate, Phase> {}

    static final int NUM_MICROBATCHES = 2;
    static final List<Double> LOSSES = List.of(2.0, 4.0);

    final AbortSignal abort = new AbortSignal();
    final CompletableFuture<String> broken = new CompletableFuture<>();
    final AtomicInteger numOpen = new AtomicInteger();
    final Map<String, String> threads = new ConcurrentHashMap<>();
    /// Whether no arrival ever comes.
    volatile boolean loseArrivals;

    private final ParallelTopology topology;
    private final Script script;
    /// What a script sees while a rank opens.
    private static final Phase OPENING =
            new Phase.Generate(List.of(), 0, new TokenChoice.Best(1, TokenChoice.Forbidden.NOTHING));

    private final Map<StagePlace, Meeting> meetings = new ConcurrentHashMap<>();

    FakeRanks(ParallelTopology topology, Script script) {
        this.topology = topology;
        this.script = script;
    }

    @Override
    public RankProgram open(RankCoordinate rank, Runnable onArrival) {
        script.accept(rank, OPENING);
        numOpen.incrementAndGet();
        threads.put(rank.toString(), Thread.currentThread().getName());
        return new Program(rank, onArrival);
    }

    @Override
    public CompletionStage<String> broken() {
        return broken;
    }

    /// Throws what a real rank throws in forward of microbatch 1.
    static RankFailure failure(RankCoordinate rank, Phase phase) {
        return new RankFailure(
                rank, PhaseName.of(phase) + ", microbatch 1", new IllegalStateException("planted in " + rank));
    }

    /// A script in which `rank` fails in the first phase of this kind, at `step` if that is a training step.
    static Script failingAt(RankCoordinate victim, Class<? extends Phase> kind) {
        return (rank, phase) -> {
            boolean isEmptyOpen = phase.equals(OPENING);
            if (rank.equals(victim) && kind.isInstance(phase) && !isEmptyOpen) {
                throw failure(rank, phase);
            }
        };
    }

    private final class Meeting {
        private final AtomicInteger arrived = new AtomicInteger();

        void await() {
            int size = topology.tensorSize();
            int round = arrived.getAndIncrement() / size;
            while (arrived.get() < (round + 1) * size) {
                abort.check();
                LockSupport.parkNanos(100_000);
            }
        }
    }

    private final class Program implements RankProgram {
        private final RankCoordinate rank;
        private final Runnable onArrival;
        private final AtomicInteger numArrived = new AtomicInteger();
        private int numExpected;
        private Phase phase = OPENING;

        Program(RankCoordinate rank, Runnable onArrival) {
            this.rank = rank;
            this.onArrival = onArrival;
        }

        @Override
        public void begin(Phase next) {
            phase = next;
            if (rank.stage() > 0 && next instanceof Phase.TrainStep) {
                numExpected++;
                if (loseArrivals) {
                    return;
                }
                Thread.ofVirtual().start(() -> {
                    numArrived.incrementAndGet();
                    onArrival.run();
                });
            }
        }

        @Override
        public Progress advance() {
            if (numArrived.get() < numExpected) {
                return Progress.WAITING;
            }
            script.accept(rank, phase);
            if (phase instanceof Phase.Save) {
                return Progress.DONE;
            }
            meetings.computeIfAbsent(new StagePlace(rank.stage(), rank.dataRank()), _ -> new Meeting())
                    .await();
            return Progress.DONE;
        }

        @Override
        public PhaseResult result() {
            boolean isLast = rank.stage() == topology.pipelineSize() - 1;
            return switch (phase) {
                case Phase.TrainStep _ ->
                    new PhaseResult.Gradients(
                            isLast ? LOSSES : List.of(), List.of(1.0, 2.0), new RankTiming(6, 1, 2, 1));
                case Phase.ApplyUpdate update -> new PhaseResult.Updated(update.step());
                case Phase.Evaluate _ ->
                    new PhaseResult.Evaluated(isLast ? 30 : 0, isLast ? 10 : 0, isLast ? 3 : 0, isLast ? 1 : 0);
                case Phase.Score _ -> new PhaseResult.Scored(List.of());
                case Phase.Generate _ -> new PhaseResult.Generated(isLast ? List.of(List.of(1)) : List.of(), List.of());
                case Phase.Save save -> new PhaseResult.Saved(save.step());
                case Phase.Load _ -> new PhaseResult.Loaded();
            };
        }

        @Override
        public void close() {
            if (!threads.get(rank.toString()).equals(Thread.currentThread().getName())) {
                throw new IllegalStateException(rank + " closed on another thread than it was opened on");
            }
            numOpen.decrementAndGet();
        }
    }

    /// All ranks of a layout.
    static Stream<RankCoordinate> all(ParallelTopology topology) {
        return StagePlace.all(topology).stream()
                .flatMap(place -> Stream.iterate(0, t -> t < topology.tensorSize(), t -> t + 1)
                        .map(place::rank));
    }
}
