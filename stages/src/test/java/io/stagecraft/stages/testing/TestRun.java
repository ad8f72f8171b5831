package io.stagecraft.stages.testing;

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
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/// All ranks of a run in this JVM, each on a thread of its own, over the loopback transport; the test plays
/// the coordinator.
public final class TestRun implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;

    private final class Rank {
        private final RankCoordinate coordinate;
        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private final Semaphore arrivals = new Semaphore(0);
        private final List<RankProgram> program = new ArrayList<>(1);

        Rank(RankCoordinate coordinate) {
            this.coordinate = coordinate;
        }

        PhaseResult run(Phase phase) {
            RankProgram mine = program.getFirst();
            mine.begin(phase);
            while (mine.advance() == Progress.WAITING) {
                await();
            }
            return mine.result();
        }

        private void await() {
            try {
                while (!arrivals.tryAcquire(20, TimeUnit.MILLISECONDS)) {
                    signal.check();
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final RankSpec spec;
    private final AbortSignal signal = new AbortSignal();
    private final LoopbackTransport transport = new LoopbackTransport();
    private final List<Rank> ranks = new ArrayList<>();

    /// Opens all ranks of `spec.topology()`; `program` may wrap what is opened, to plant mistakes.
    public TestRun(RankSpec spec, Supplier<Backend> backend, TokenSamples samples) {
        this(spec, backend, samples, Function.identity());
    }

    /// As the other; `mistake` changes what a rank is handed in.
    public TestRun(
            RankSpec spec, Supplier<Backend> backend, TokenSamples samples, Function<RankPorts, RankPorts> mistake) {
        this.spec = spec;
        ParallelTopology topology = spec.topology();
        var collectives = new LocalCollectives(topology, signal, WaitStyle.PARK);
        for (int stage = 0; stage < topology.pipelineSize(); stage++) {
            for (int data = 0; data < topology.dataSize(); data++) {
                for (int tensor = 0; tensor < topology.tensorSize(); tensor++) {
                    ranks.add(new Rank(new RankCoordinate(tensor, stage, data)));
                }
            }
        }
        try {
            open(backend, samples, collectives, mistake);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void open(
            Supplier<Backend> backend,
            TokenSamples samples,
            LocalCollectives collectives,
            Function<RankPorts, RankPorts> mistake) {
        onAll(rank -> {
            var ports = new RankPorts(
                    backend.get(),
                    transport,
                    collectives.of(rank.coordinate),
                    samples,
                    samples,
                    signal,
                    WaitStyle.PARK,
                    rank.arrivals::release);
            rank.program.add(TensorParallelRank.open(spec.at(rank.coordinate), mistake.apply(ports)));
            return rank;
        });
    }

    /// Runs `phase` on all ranks; results in order of stage, replica, tensor rank.
    public List<PhaseResult> phase(Phase phase) {
        return onAll(rank -> rank.run(phase));
    }

    /// What a step came to.
    ///
    /// @param loss mean of its microbatches
    /// @param gradientNorm of the whole model, before clipping
    public record Outcome(double loss, double gradientNorm) {}

    /// Trains step `step`.
    public Outcome step(long step, double learningRate, double maxNorm) {
        List<PhaseResult> results = phase(new Phase.TrainStep(step, (step - 1) * spec.globalBatchSize()));
        double norm = Math.sqrt(squaredNorm(results));
        double scale = Math.min(1, maxNorm / (norm + 1e-6));
        phase(new Phase.ApplyUpdate(step, learningRate, scale));
        return new Outcome(meanLoss(results), norm);
    }

    /// `numSteps` steps from the first on.
    public List<Outcome> train(int numSteps, double learningRate) {
        var losses = new ArrayList<Outcome>();
        for (int step = 1; step <= numSteps; step++) {
            losses.add(step(step, learningRate, 1.0));
        }
        return losses;
    }

    /// Bytes that each rank's thread has allocated on the heap since it started.
    public List<Long> allocatedBytes() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        return onAll(_ -> threads.getCurrentThreadAllocatedBytes());
    }

    /// Squared norm of the whole gradient, added in the model's order.
    public double squaredNorm(List<PhaseResult> results) {
        ParallelTopology topology = spec.topology();
        double sum = 0;
        for (int stage = 0; stage < topology.pipelineSize(); stage++) {
            int numParameters = gradients(results, stage, 0, 0).squaredNorms().size();
            for (int p = 0; p < numParameters; p++) {
                for (int tensor = 0; tensor < topology.tensorSize(); tensor++) {
                    sum += gradients(results, stage, 0, tensor).squaredNorms().get(p);
                }
            }
        }
        return sum;
    }

    /// What one rank answered to a training step.
    public PhaseResult.Gradients gradients(List<PhaseResult> results, int stage, int data, int tensor) {
        return (PhaseResult.Gradients) results.get(spec.topology().globalRank(new RankCoordinate(tensor, stage, data)));
    }

    /// Answers of the first tensor rank of the last stage of each replica.
    public List<PhaseResult> lastStages(List<PhaseResult> results) {
        int last = spec.topology().pipelineSize() - 1;
        var answers = new ArrayList<PhaseResult>();
        for (int data = 0; data < spec.topology().dataSize(); data++) {
            answers.add(results.get(spec.topology().globalRank(new RankCoordinate(0, last, data))));
        }
        return answers;
    }

    private double meanLoss(List<PhaseResult> results) {
        int last = spec.topology().pipelineSize() - 1;
        double sum = 0;
        for (int m = 0; m < spec.numMicrobatches(); m++) {
            for (int data = 0; data < spec.topology().dataSize(); data++) {
                sum += gradients(results, last, data, 0).microbatchLosses().get(m);
            }
        }
        return sum / (spec.numMicrobatches() * spec.topology().dataSize());
    }

    private <T> List<T> onAll(Function<Rank, T> program) {
        var futures = new ArrayList<Future<T>>();
        for (Rank rank : ranks) {
            futures.add(rank.thread.submit(() -> {
                try {
                    return program.apply(rank);
                } catch (RuntimeException | Error e) {
                    signal.abort(rank.coordinate + " failed: " + e);
                    throw e;
                }
            }));
        }
        var results = new ArrayList<T>();
        var failures = new ArrayList<Throwable>();
        for (Future<T> future : futures) {
            try {
                results.add(future.get(LIMIT_SECONDS, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                failures.add(e.getCause());
            } catch (InterruptedException | TimeoutException e) {
                signal.abort("the test waited too long");
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw new RankFailures(failures);
        }
        return results;
    }

    /// What the ranks of a failed phase threw.
    public static final class RankFailures extends RuntimeException {
        private static final long serialVersionUID = 1;

        RankFailures(List<Throwable> failures) {
            super(failures.stream().map(Throwable::toString).toList().toString());
            failures.forEach(this::addSuppressed);
        }
    }

    @Override
    public void close() {
        for (Rank rank : ranks) {
            rank.thread.submit(() -> rank.program.forEach(RankProgram::close));
            rank.thread.shutdown();
        }
        for (Rank rank : ranks) {
            rank.thread.close();
        }
        transport.close();
    }
}
