package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.layer.KeyValueCache;
import io.stagecraft.model.layer.ParameterInitializer;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.layer.TrainedParameter;
import io.stagecraft.model.optimizer.Adam;
import io.stagecraft.stages.link.ActivationReceiver;
import io.stagecraft.stages.link.ActivationSender;
import io.stagecraft.stages.link.LinkPlan;
import io.stagecraft.stages.link.ReceiveTensors;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.Transport;
import io.stagecraft.transport.Waiter;
import java.util.ArrayList;
import java.util.List;

/// Opens a rank: measures, allocates, builds its layers, gives them their first weights and opens
/// its links.
///
/// - Thread: the rank's compute thread, which then drives the [RankProgram]: memory is touched
///   first by the thread that works with it.
public final class TensorParallelRank {
    private final RankSpec spec;
    private final RankPorts ports;
    private final StageModel layers;
    private final Backend backend;
    private final List<AutoCloseable> owned = new ArrayList<>();

    private TensorParallelRank(RankSpec spec, RankPorts ports, StageModel layers) {
        this.spec = spec;
        this.ports = ports;
        this.layers = layers;
        this.backend = ports.backend();
    }

    /// The rank of `spec`, ready for its first phase. Takes ownership of the backend, also when it
    /// fails.
    ///
    /// - Errors: [RankFailure] with rank and cause.
    public static RankProgram open(RankSpec spec, RankPorts ports) {
        return open(spec, ports, StageModel.gpt(spec));
    }

    /// As the other, with the layers of `model`: `spec` gives sizes and places only.
    public static RankProgram open(RankSpec spec, RankPorts ports, StageModel model) {
        var rank = new TensorParallelRank(spec, ports, model);
        try {
            return rank.open();
        } catch (RuntimeException | Error e) {
            // an error too: memory that is not there is thrown as one, and what was opened before it is ours
            var failure = new RankFailure(spec.coordinate(), "opening the rank", e);
            try {
                Resources.closeAll(rank.owned);
            } catch (IllegalStateException notClosed) {
                failure.addSuppressed(notClosed);
            }
            throw failure;
        }
    }

    private RankProgram open() {
        own(backend);
        backend.warmUp(spec.purpose().kernels(spec.model()));
        StageMemory memory = StageMemory.measure(spec, layers, backend);
        RankGroups groups = RankGroups.of(ports.exchanges(), backend);
        ParameterStore store = own(ParameterStore.allocate(backend, memory.parameters(), spec.share()));
        GptStage model = layers.build(backend, groups.tensor(), spec.slice(), store);
        var initializer = new ParameterInitializer(backend, spec.seed());
        if (spec.trains()) {
            store.trained().stream().map(TrainedParameter::parameter).forEach(initializer::initialize);
        }

        LinkPlan links = spec.links(backend.dtype());
        Neighbour previous = own(previous(links, groups));
        Neighbour next = own(next(links, groups));
        ActivationStash stash = stash(memory.arenas());
        var walk = new PipelineWalk(new PipelineWalk.Parts(
                ports.signal(), backend, spec.model().hiddenSize(), new PipelineStage(model), stash, previous, next));
        var adam = new Adam(backend, spec.adam(), store.trained(), 0);
        GradientReduction gradients = own(new GradientReduction(backend, groups, store, model, adam, spec.optimizer()));
        var clock = new RankClock(groups, previous, next);
        var parts = new StageRunner.Parts(
                spec.purpose().use(),
                walk,
                own(new TrainStepRun(spec, ports, walk, gradients, clock)),
                new EvaluateRun(spec, ports, walk),
                new ScoreRun(spec, ports, walk, groups.tensor()),
                generation(walk, groups),
                gradients,
                checkpoint(store, adam));
        return new StageRunner(spec.coordinate(), ports.signal(), parts, owned);
    }

    private StageCheckpoint checkpoint(ParameterStore store, Adam adam) {
        var whole = new MomentGather(backend, ports.exchanges().data(), store, spec.share());
        var state = new StageCheckpoint.State(store.trained(), adam, whole);
        return new StageCheckpoint(spec, backend, ports.exchanges().tensor(), state);
    }

    private GenerationRun generation(PipelineWalk walk, RankGroups groups) {
        KeyValueCache cache = own(new KeyValueCache(backend, spec.cache()));
        return new GenerationRun(spec, backend, walk, groups.tensor(), cache);
    }

    private ActivationStash stash(ArenaSizes sizes) {
        SharedArenas shared = own(new SharedArenas(backend, sizes));
        var slots = new ArrayList<MicrobatchSlot>();
        for (int i = 0; i < Math.max(1, spec.maxInFlight()); i++) {
            String name = "activations of slot " + i + ", " + spec.coordinate();
            slots.add(new MicrobatchSlot(new MicrobatchContext(backend, sizes, shared, name)));
        }
        return own(new ActivationStash(slots));
    }

    private Neighbour previous(LinkPlan links, RankGroups groups) {
        if (spec.isFirstStage()) {
            return new Neighbour.None();
        }
        RankCoordinate rank = spec.coordinate();
        int boundary = rank.stage() - 1;
        return stage(
                links,
                links.forward(boundary, rank.dataRank(), rank.tensorRank()),
                links.forwardCredits().get(boundary),
                links.backward(boundary, rank.dataRank(), rank.tensorRank()),
                groups);
    }

    private Neighbour next(LinkPlan links, RankGroups groups) {
        if (spec.isLastStage()) {
            return new Neighbour.None();
        }
        RankCoordinate rank = spec.coordinate();
        int boundary = rank.stage();
        return stage(
                links,
                links.backward(boundary, rank.dataRank(), rank.tensorRank()),
                links.backwardCredits().get(boundary),
                links.forward(boundary, rank.dataRank(), rank.tensorRank()),
                groups);
    }

    private Neighbour stage(LinkPlan links, LinkId in, int credits, LinkId out, RankGroups groups) {
        Transport transport = ports.transport();
        var sender = transport.openSender(out, links.maxMessageBytes());
        ReceiveTensors tensors = own(ReceiveTensors.allocate(backend, links, credits, groups.tensor()));
        // last, and closed before its memory is: the transport writes into it from now on
        var receiver = transport.openReceiver(in, tensors.windows(), ports.onArrival());
        return new Neighbour.Stage(
                new ActivationReceiver(receiver, tensors, groups.tensor()),
                new ActivationSender(backend, sender, new Waiter(ports.signal(), ports.waitStyle()), groups.tensor()));
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }
}
