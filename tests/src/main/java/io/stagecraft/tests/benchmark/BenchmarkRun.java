package io.stagecraft.tests.benchmark;

import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.actors.train.RankFactory;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.actors.train.RunParts;
import io.stagecraft.actors.train.RunSetting;
import io.stagecraft.actors.train.TrainingPlan;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.model.optimizer.LearningRateSchedule;
import io.stagecraft.stages.link.LinkPlan;
import io.stagecraft.stages.link.LocalCollectives;
import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TensorParallelRank;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.topology.ParallelTopology;
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

/// The training run of one workload at one layout: what `./stagecraft train` runs, on random tokens and with
/// sizes that no configuration file has to hold.
///
/// Owns transport and BLAS; both are closed by the run after its last rank.
final class BenchmarkRun implements RankFactory {
    private static final long SEED = 1337;
    private static final LearningRateSchedule LEARNING_RATE =
            new LearningRateSchedule(6e-4, 6e-4, 0, Long.MAX_VALUE, LearningRateSchedule.Decay.CONSTANT);
    private static final GradientClipping NO_CLIPPING = new GradientClipping(0);
    private static final AdamConfig ADAM = new AdamConfig(0.9, 0.95, 1e-8, 0.1);

    /// The run is stopped after its last measured step, before evaluation, checkpoint and sample are due.
    private static final int STEPS_NEVER_REACHED = 1_000_000;

    private final Workload workload;
    private final RankSpec spec;
    private final AbortSignal abort;
    private final WaitStyle waitStyle;
    private final LocalCollectives collectives;
    private final RandomTokens tokens;
    private final CpuRuntime runtime;
    private final Transport transport;

    private BenchmarkRun(Workload workload, Layout layout, AbortSignal abort, CpuRuntime runtime, Transport transport) {
        ParallelTopology topology = layout.topology();
        this.workload = workload;
        this.spec = spec(workload, layout);
        this.abort = abort;
        this.waitStyle = WaitStyle.of(topology.numRanks(), Runtime.getRuntime().availableProcessors());
        this.collectives = new LocalCollectives(topology, abort, waitStyle);
        this.tokens = new RandomTokens(workload.vocabulary(), workload.sequence());
        this.runtime = runtime;
        this.transport = transport;
    }

    /// Loads BLAS and starts the transport.
    static BenchmarkRun open(Workload workload, Layout layout, OurBlas blas) {
        CpuRuntime runtime = CpuRuntime.open(new CpuRuntimeConfig(blas.library()));
        var abort = new AbortSignal();
        return new BenchmarkRun(workload, layout, abort, runtime, transport(spec(workload, layout), abort));
    }

    /// Which kernels and which transport run.
    String describe() {
        return workload + ", " + spec.topology() + ", " + spec.numMicrobatches() + " microbatches of "
                + spec.microbatchSize() + ", waiting: " + waitStyle + "\n" + runtime.describe() + "\n"
                + transport.describe();
    }

    /// Everything that [io.stagecraft.actors.train.LocalRun] needs; `recorder` gets the events.
    RunParts parts(RunEventSink recorder) {
        var train = new TrainConfig(
                STEPS_NEVER_REACHED,
                spec.microbatchSize(),
                workload.batch(),
                STEPS_NEVER_REACHED,
                STEPS_NEVER_REACHED,
                1);
        var cost = new TrainingPlan.StepCost(workload.tokensPerStep(), workload.modelFlopsPerStep());
        var plan = new TrainingPlan(train, 0, LEARNING_RATE, NO_CLIPPING, cost, 1);
        var nothing = new NothingKept();
        var setting = new RunSetting(plan, spec.topology(), new RunJob.Train(), nothing);
        return new RunParts(setting, this, abort, nothing, List.of(recorder), this::close);
    }

    @Override
    public RankProgram open(RankCoordinate rank, Runnable onArrival) {
        io.stagecraft.model.backend.Backend backend = OpTimes.wrap(runtime.newBackend());
        var ports =
                new RankPorts(backend, transport, collectives.of(rank), tokens, tokens, abort, waitStyle, onArrival);
        return TensorParallelRank.open(spec.at(rank), ports);
    }

    private void close() {
        transport.close();
        runtime.close();
    }

    private static RankSpec spec(Workload workload, Layout layout) {
        return new RankSpec(
                model(workload, layout.topology().tensorSize()),
                layout.topology(),
                new RankCoordinate(0, 0, 0),
                new OneForwardOneBackwardSchedule(),
                layout.microBatchSize(workload),
                layout.microbatches(),
                workload.sequence(),
                SEED,
                ADAM);
    }

    private static GptConfig model(Workload workload, int tensorSize) {
        // Padding rows are work that the peer does not have: as few as the tensor ranks need.
        int paddedVocabulary = Math.ceilDiv(workload.vocabulary(), tensorSize) * tensorSize;
        return new GptConfig(
                workload.layers(),
                workload.hidden(),
                workload.heads(),
                workload.sequence(),
                workload.vocabulary(),
                paddedVocabulary,
                4 * workload.hidden(),
                1e-5,
                Gelu.TANH,
                GptConfig.OutputEmbedding.TIED,
                0,
                0,
                0.02);
    }

    private static Transport transport(RankSpec spec, AbortSignal abort) {
        LinkPlan links = spec.links(Float.BYTES);
        if (links.all().isEmpty()) {
            return new LoopbackTransport(); // one stage: nothing is sent
        }
        int termLengthBytes = 4 << 20;
        var config = new AeronTransportConfig(
                new AeronTransportConfig.Channel.Ipc(),
                Path.of("/dev/shm"),
                termLengthBytes,
                1001,
                SEED,
                Duration.ofSeconds(30));
        return AeronTransport.start(
                config, links.all().size(), failure -> abort.abort("the transport failed: " + failure));
    }
}
