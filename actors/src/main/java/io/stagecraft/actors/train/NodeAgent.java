package io.stagecraft.actors.train;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import io.stagecraft.actors.cluster.CborSerializable;
import io.stagecraft.transport.AbortSignal;
import java.util.ArrayList;
import java.util.List;

/// One JVM as the coordinator sees it, found through the receptionist: says what it has, spawns
/// stages, and stops everything in the JVM at once through its abort signal.
final class NodeAgent extends AbstractOnMessageBehavior<NodeAgent.Command> {
    /// Under which agents are found.
    public static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "stagecraft-node-agent");

    /// What an agent is told.
    sealed interface Command {}

    /// Asks what this JVM has.
    public record Describe(ActorRef<Offer> replyTo) implements Command, CborSerializable {}

    /// Spawns the stage at `place` with `tensorSize` ranks, which reports to `coordinator`.
    public record SpawnStage(
            StagePlace place, int tensorSize, ActorRef<StageReport> coordinator, ActorRef<StageSpawned> replyTo)
            implements Command, CborSerializable {}

    /// Ends every wait of every rank in this JVM.
    public record Abort(String reason) implements Command, CborSerializable {}

    private record Broken(String cause) implements Command {}

    /// What a JVM has.
    ///
    /// @param node who offers
    /// @param cores processors it may use
    /// @param memoryBytes memory of the machine it may use
    public record Offer(ActorRef<Command> node, int cores, long memoryBytes) implements CborSerializable {}

    /// A stage was spawned.
    public record StageSpawned(StagePlace place, ActorRef<StageActor.Command> stage) implements CborSerializable {}

    /// What an agent needs of its JVM.
    ///
    /// @param ranks makes the programs of this JVM's ranks
    /// @param abort the flag that every wait in this JVM checks
    /// @param cores processors it may use
    /// @param memoryBytes memory of the machine it may use
    public record Equipment(RankFactory ranks, AbortSignal abort, int cores, long memoryBytes) {}

    private final Equipment equipment;
    private final List<SpawnStage> spawned = new ArrayList<>();
    private final List<String> causes = new ArrayList<>();

    /// The behavior of the agent of this JVM.
    public static Behavior<Command> create(Equipment equipment) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
            context.pipeToSelf(equipment.ranks().broken(), (cause, _) -> new Broken(String.valueOf(cause)));
            return new NodeAgent(context, equipment);
        });
    }

    private NodeAgent(ActorContext<Command> context, Equipment equipment) {
        super(context);
        this.equipment = equipment;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Describe(ActorRef<Offer> replyTo) -> onDescribe(replyTo);
            case SpawnStage spawn -> onSpawnStage(spawn);
            case Abort(String reason) -> onAbort(reason);
            case Broken(String cause) -> onBroken(cause);
        };
    }

    private Behavior<Command> onDescribe(ActorRef<Offer> replyTo) {
        replyTo.tell(new Offer(getContext().getSelf(), equipment.cores(), equipment.memoryBytes()));
        return this;
    }

    private Behavior<Command> onSpawnStage(SpawnStage spawn) {
        StagePlace place = spawn.place();
        ActorRef<StageActor.Command> stage = getContext()
                .spawn(
                        StageActor.create(place, spawn.tensorSize(), equipment.ranks(), spawn.coordinator()),
                        "stage-" + place.stage() + "-replica-" + place.dataRank());
        spawned.add(spawn);
        tellIfBroken(spawn);
        spawn.replyTo().tell(new StageSpawned(place, stage));
        return this;
    }

    private Behavior<Command> onAbort(String reason) {
        equipment.abort().abort(reason);
        return this;
    }

    /// Every coordinator is told, in the name of each of its stages here.
    private Behavior<Command> onBroken(String cause) {
        causes.add(cause);
        spawned.forEach(this::tellIfBroken);
        return onAbort(cause);
    }

    private void tellIfBroken(SpawnStage spawn) {
        causes.stream()
                .limit(1)
                .map(cause -> new Fault("what all ranks of the JVM share", cause, Fault.Kind.OWN))
                .forEach(fault -> spawn.coordinator().tell(new StageReport.Failed(spawn.place(), fault)));
    }
}
