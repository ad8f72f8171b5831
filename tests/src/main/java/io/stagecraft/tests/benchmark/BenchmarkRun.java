package io.stagecraft.tests.benchmark;

import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.actors.train.RankFactory;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.actors.train.RunParts;
import io.stagecraft.actors.train.RunSetting;
import io.stagecraft.actors.train.TrainingPlan;
import io.stagecraft.model.backend.cpu.CpuBackend;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.model.optimizer.LearningRateSchedule;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.link.LinkPlan;
import io.stagecraft.stages.link.LocalCollectives;
import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TensorParallelRank;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.AeronTransport;
import io.stagecraft.transport.AeronTransportConfig;
import io.stagecraft.transport.LoopbackTransport;
import io.stagecraft.transport.Transport;
import io.stagecraft.transport.WaitStyle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// The training run of one task: what `./stagecraft train` runs, on random tokens and with
/// sizes that no configuration file has to hold.
///
/// Owns transport and BLAS; both are closed by the run after its last rank.
final class BenchmarkRun implements RankFactory {
    private static final long SESSION_NONCE = 1337;
    private static final LearningRateSchedule LEARNING_RATE =
            new LearningRateSchedule(6e-4, 6e-4, 0, Long.MAX_VALUE, LearningRateSchedule.Decay.CONSTANT);
    private static final GradientClipping NO_CLIPPING = new GradientClipping(0);

    /// The run is stopped after its last measured step, before evaluation, checkpoint and sample
    /// are due.
    private static final int STEPS_NEVER_REACHED = 1_000_000;

    private final BenchmarkTask task;
    private final RankInstruments instruments;
    private final AbortSignal abort;
    private final WaitStyle waitStyle;
    private final LocalCollectives collectives;
    private final RandomTokens tokens;
    private final CpuRuntime runtime;
    private final Transport transport;

    private BenchmarkRun(
            BenchmarkTask task,
            RankInstruments instruments,
            AbortSignal abort,
            CpuRuntime runtime,
            Transport transport) {
        RankSpec spec = task.spec();
        this.task = task;
        this.instruments = instruments;
        this.abort = abort;
        this.waitStyle =
                WaitStyle.of(spec.topology().numRanks(), Runtime.getRuntime().availableProcessors());
        this.collectives = new LocalCollectives(spec.topology(), abort, waitStyle);
        this.tokens = new RandomTokens(spec.model().vocabSize(), spec.sequenceLength());
        this.runtime = runtime;
        this.transport = transport;
    }

    /// Loads BLAS and starts the transport. `instruments` are put between every rank and its ports.
    static BenchmarkRun open(BenchmarkTask task, OurBlas blas, RankInstruments instruments) {
        CpuRuntime runtime = CpuRuntime.open(new CpuRuntimeConfig(blas.library()));
        var abort = new AbortSignal();
        return new BenchmarkRun(task, instruments, abort, runtime, transport(task.spec(), abort));
    }

    /// Which kernels and which transport run.
    String describe() {
        RankSpec spec = task.spec();
        return task.name() + ", " + spec.topology() + ", " + spec.numMicrobatches() + " microbatches of "
                + spec.microbatchSize() + ", waiting: " + waitStyle + "\n" + runtime.describe() + "\n"
                + transport.describe();
    }

    /// Everything that [io.stagecraft.actors.train.LocalRun] needs; `recorder` gets the events.
    RunParts parts(RunEventSink recorder) {
        RankSpec spec = task.spec();
        var train = new TrainConfig(
                STEPS_NEVER_REACHED,
                spec.microbatchSize(),
                Math.toIntExact(spec.globalBatchSize()),
                STEPS_NEVER_REACHED,
                STEPS_NEVER_REACHED,
                1);
        var plan = new TrainingPlan(train, 0, LEARNING_RATE, NO_CLIPPING, task.cost(), 1);
        var nothing = new NothingKept();
        var setting = new RunSetting(plan, spec.topology(), new RunJob.Train(), nothing);
        return new RunParts(setting, this, abort, nothing, List.of(recorder), this::close);
    }

    @Override
    public RankProgram open(RankCoordinate rank, Runnable onArrival) {
        var ports = new RankPorts(
                runtime.newBackend(), transport, collectives.of(rank), tokens, tokens, abort, waitStyle, onArrival);
        RankPorts measured = instruments.around(rank, ports);
        return instruments.around(rank, TensorParallelRank.open(task.spec().at(rank), measured, task.model()));
    }

    /// A backend of the ranks' kind, for the caller to close.
    CpuBackend newBackend() {
        return runtime.newBackend();
    }

    private void close() {
        transport.close();
        runtime.close();
    }

    private static Transport transport(RankSpec spec, AbortSignal abort) {
        LinkPlan links = spec.links(DType.FLOAT32);
        if (links.all().isEmpty()) {
            return new LoopbackTransport(); // one stage: nothing is sent
        }
        int termLengthBytes = 4 << 20;
        var config = new AeronTransportConfig(
                new AeronTransportConfig.Channel.Ipc(),
                Path.of("/dev/shm"),
                termLengthBytes,
                1001,
                SESSION_NONCE,
                Duration.ofSeconds(30));
        return AeronTransport.start(
                config, links.all().size(), failure -> abort.abort("the transport failed: " + failure));
    }
}
