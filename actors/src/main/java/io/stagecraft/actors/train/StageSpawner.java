package io.stagecraft.actors.train;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import io.stagecraft.stages.topology.ParallelTopology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Places the stages of one run and ends: finds the node agents, asks what they have, has the
/// stages spawned.
///
/// The protocol stays inside one JVM; what it sends to agents does not.
final class StageSpawner extends AbstractOnMessageBehavior<StageSpawner.Command> {
    /// What the spawner hears.
    sealed interface Command {}

    private record Listed(Set<ActorRef<NodeAgent.Command>> nodes) implements Command {}

    private record Offered(NodeAgent.Offer offer) implements Command {}

    private record Spawned(NodeAgent.StageSpawned stage) implements Command {}

    private record TooLate() implements Command {}

    /// How the placing ended.
    sealed interface Placed {
        /// All stages exist, in the order of [StagePlace#all].
        record Stages(List<NodeAgent.StageSpawned> stages, List<ActorRef<NodeAgent.Command>> nodes) implements Placed {}

        /// Not enough nodes showed up in time.
        record Failed(String reason) implements Placed {}
    }

    /// What to place.
    ///
    /// @param topology the layout
    /// @param numNodes node agents to wait for
    /// @param patience how long to wait for them
    record Order(ParallelTopology topology, int numNodes, Duration patience) {}

    private final Order order;
    private final ActorRef<StageReport> coordinator;
    private final Consumer<Placed> answer;
    private final List<StagePlace> places;
    private final Gather<StagePlace, NodeAgent.StageSpawned> spawned;
    private final Set<ActorRef<NodeAgent.Command>> asked = new HashSet<>();
    private final List<NodeAgent.Offer> offers = new ArrayList<>();

    /// The behavior that places `order` for `coordinator` and tells `answer` once.
    static Behavior<Command> create(Order order, ActorRef<StageReport> coordinator, Consumer<Placed> answer) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startSingleTimer(new TooLate(), order.patience());
            var listings = context.messageAdapter(
                    Receptionist.Listing.class, listing -> new Listed(listing.getServiceInstances(NodeAgent.KEY)));
            context.getSystem().receptionist().tell(Receptionist.subscribe(NodeAgent.KEY, listings));
            return new StageSpawner(context, order, coordinator, answer);
        }));
    }

    private StageSpawner(
            ActorContext<Command> context, Order order, ActorRef<StageReport> coordinator, Consumer<Placed> answer) {
        super(context);
        this.order = order;
        this.coordinator = coordinator;
        this.answer = answer;
        this.places = StagePlace.all(order.topology());
        this.spawned = new Gather<>(places);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Listed(Set<ActorRef<NodeAgent.Command>> nodes) -> onListed(nodes);
            case Offered(NodeAgent.Offer offer) -> onOffered(offer);
            case Spawned(NodeAgent.StageSpawned stage) -> onSpawned(stage);
            case TooLate _ -> onTooLate();
        };
    }

    private Behavior<Command> onListed(Set<ActorRef<NodeAgent.Command>> nodes) {
        ActorRef<NodeAgent.Offer> replies = getContext().messageAdapter(NodeAgent.Offer.class, Offered::new);
        nodes.stream().filter(asked::add).forEach(node -> node.tell(new NodeAgent.Describe(replies)));
        return this;
    }

    private Behavior<Command> onOffered(NodeAgent.Offer offer) {
        offers.add(offer);
        if (offers.size() == order.numNodes()) {
            spawnStages();
        }
        return this;
    }

    private void spawnStages() {
        offers.sort(Comparator.comparing(offer -> offer.node().path().toString()));
        ActorRef<NodeAgent.StageSpawned> replies =
                getContext().messageAdapter(NodeAgent.StageSpawned.class, Spawned::new);
        List<Integer> nodeOfPlace = Placement.spread(places.size(), offers.size());
        for (int index = 0; index < places.size(); index++) {
            NodeAgent.Offer offer = offers.get(nodeOfPlace.get(index));
            int tensorSize = order.topology().tensorSize();
            offer.node().tell(new NodeAgent.SpawnStage(places.get(index), tensorSize, coordinator, replies));
        }
    }

    private Behavior<Command> onSpawned(NodeAgent.StageSpawned stage) {
        if (!spawned.add(stage.place(), stage)) {
            return this;
        }
        var nodes = offers.stream().map(NodeAgent.Offer::node).toList();
        answer.accept(new Placed.Stages(spawned.take(), nodes));
        return Behaviors.stopped();
    }

    private Behavior<Command> onTooLate() {
        answer.accept(new Placed.Failed("placing " + order.topology() + ": expected " + order.numNodes()
                + " node agents within " + order.patience() + ", got offers of " + offers.size()
                + "; are all JVMs of the run up?"));
        return Behaviors.stopped();
    }
}
