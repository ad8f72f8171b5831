package io.stagecraft.tests.parity;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.stages.link.LocalCollectives;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.Progress;
import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TensorParallelRank;
import io.stagecraft.stages.run.TokenSamples;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.LoopbackTransport;
import io.stagecraft.transport.WaitStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Trains one layout in this JVM, each rank on a thread of its own, over the loopback transport, without
/// actors: what is compared is the arithmetic.
final class ParityRun {
    private static final long LIMIT_MILLIS = 120_000;

    private final RankSpec spec;
    private final Supplier<Backend> backends;
    private final TokenSamples samples;
    private final double learningRate;
    private final AbortSignal signal = new AbortSignal();
    private final GradientClipping clipping = new GradientClipping(1);
    private final PhaseResult.Gradients[] answers;
    private final List<Double> losses = new ArrayList<>();
    private double gradientScale;

    ParityRun(RankSpec spec, Supplier<Backend> backends, TokenSamples samples, double learningRate) {
        this.spec = spec;
        this.backends = backends;
        this.samples = samples;
        this.learningRate = learningRate;
        this.answers = new PhaseResult.Gradients[spec.topology().numRanks()];
    }

    /// Mean loss of each of the first `numSteps` steps.
    List<Double> train(int numSteps) throws InterruptedException {
        var collectives = new LocalCollectives(spec.topology(), signal, WaitStyle.PARK);
        var stepDone = new CyclicBarrier(answers.length, this::endStep);
        var finished = new CountDownLatch(answers.length);
        var failures = new ArrayList<Throwable>();
        try (var transport = new LoopbackTransport()) {
            for (RankCoordinate rank : ranks()) {
                Thread.ofPlatform().name(rank.toString()).start(() -> {
                    try {
                        trainRank(rank, collectives, transport, stepDone, numSteps);
                    } catch (Exception | Error e) {
                        synchronized (failures) {
                            failures.add(e);
                        }
                        signal.abort(rank + " failed: " + e);
                        stepDone.reset();
                    } finally {
                        finished.countDown();
                    }
                });
            }
            if (!finished.await(LIMIT_MILLIS, TimeUnit.MILLISECONDS)) {
                signal.abort("the ranks did not end in time");
                throw new AssertionError("the ranks of " + spec.topology() + " did not end in time");
            }
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(spec.topology() + ": " + failures, failures.getFirst());
        }
        return List.copyOf(losses);
    }

    private void trainRank(
            RankCoordinate rank,
            LocalCollectives collectives,
            LoopbackTransport transport,
            CyclicBarrier stepDone,
            int numSteps)
            throws Exception {
        var arrivals = new Semaphore(0);
        var ports = new RankPorts(
                backends.get(),
                transport,
                collectives.of(rank),
                samples,
                samples,
                signal,
                WaitStyle.PARK,
                arrivals::release);
        try (RankProgram program = TensorParallelRank.open(spec.at(rank), ports)) {
            for (int step = 1; step <= numSteps; step++) {
                var phase = new Phase.TrainStep(step, (step - 1) * spec.globalBatchSize());
                answers[spec.topology().globalRank(rank)] = (PhaseResult.Gradients) run(program, phase, arrivals);
                stepDone.await();
                run(program, new Phase.ApplyUpdate(step, learningRate, gradientScale), arrivals);
            }
        }
    }

    private PhaseResult run(RankProgram program, Phase phase, Semaphore arrivals) throws InterruptedException {
        program.begin(phase);
        while (program.advance() == Progress.WAITING) {
            // an abort does not release: look at it from time to time
            arrivals.tryAcquire(50, TimeUnit.MILLISECONDS);
        }
        return program.result();
    }

    /// Runs on the last rank to end the step, while the others wait.
    private void endStep() {
        double squared = 0;
        for (int stage = 0; stage < spec.topology().pipelineSize(); stage++) {
            int numParameters = answer(0, stage, 0).squaredNorms().size();
            for (int parameter = 0; parameter < numParameters; parameter++) {
                for (int tensor = 0; tensor < spec.topology().tensorSize(); tensor++) {
                    squared += answer(tensor, stage, 0).squaredNorms().get(parameter);
                }
            }
        }
        gradientScale = clipping.coefficient(Math.sqrt(squared));
        int last = spec.topology().pipelineSize() - 1;
        double loss = 0;
        for (int microbatch = 0; microbatch < spec.numMicrobatches(); microbatch++) {
            for (int replica = 0; replica < spec.topology().dataSize(); replica++) {
                loss += answer(0, last, replica).microbatchLosses().get(microbatch);
            }
        }
        losses.add(loss / (spec.numMicrobatches() * spec.topology().dataSize()));
    }

    private PhaseResult.Gradients answer(int tensor, int stage, int data) {
        return answers[spec.topology().globalRank(new RankCoordinate(tensor, stage, data))];
    }

    private List<RankCoordinate> ranks() {
        var ranks = new ArrayList<RankCoordinate>();
        for (int stage = 0; stage < spec.topology().pipelineSize(); stage++) {
            for (int data = 0; data < spec.topology().dataSize(); data++) {
                for (int tensor = 0; tensor < spec.topology().tensorSize(); tensor++) {
                    ranks.add(new RankCoordinate(tensor, stage, data));
                }
            }
        }
        return ranks;
    }
}
