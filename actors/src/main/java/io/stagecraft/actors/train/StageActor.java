package io.stagecraft.actors.train;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import io.stagecraft.actors.cluster.CborSerializable;
import io.stagecraft.stages.run.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// One stage of one replica: hands each phase to its tensor ranks and their results, as one, to the
/// coordinator. It computes nothing and never blocks.
final class StageActor extends AbstractOnMessageBehavior<StageActor.Command> {
    /// What a stage is told.
    public sealed interface Command {}

    /// Runs a phase on all tensor ranks. One at a time.
    public record Run(Phase phase) implements Command, CborSerializable {}

    /// The run gave up: report when no rank runs anything any more. Sent after the JVM's abort
    /// signal.
    public record Abandon(String reason) implements Command, CborSerializable {}

    /// Closes all ranks and ends.
    public record Stop() implements Command, CborSerializable {}

    private record RankAnswered(int tensorRank, RankAnswer answer) implements Command {}

    private record RankStopped(int tensorRank) implements Command {}

    private final StageSession session;
    private final ActorRef<StageReport> coordinator;
    private final List<ActorRef<TensorParallelActor.Command>> ranks = new ArrayList<>();
    private int numAlive;
    private boolean stopping;

    /// The behavior of the stage at `place` with `tensorSize` ranks made by `factory`.
    public static Behavior<Command> create(
            StagePlace place, int tensorSize, RankFactory factory, ActorRef<StageReport> coordinator) {
        return Behaviors.setup(context -> {
            var stage = new StageActor(context, new StageSession(place, tensorSize), coordinator);
            for (int tensorRank = 0; tensorRank < tensorSize; tensorRank++) {
                stage.spawnRank(place, tensorRank, factory);
            }
            return stage;
        });
    }

    private StageActor(ActorContext<Command> context, StageSession session, ActorRef<StageReport> coordinator) {
        super(context);
        this.session = session;
        this.coordinator = coordinator;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Run(Phase phase) -> tellRanks(new TensorParallelActor.Run(phase));
            case RankAnswered(int tensorRank, RankAnswer answer) -> onRankAnswered(tensorRank, answer);
            case RankStopped(int tensorRank) -> onRankStopped(tensorRank);
            case Abandon _ -> onAbandon();
            case Stop _ -> onStop();
        };
    }

    private void spawnRank(StagePlace place, int tensorRank, RankFactory factory) {
        ActorRef<Command> self = getContext().getSelf();
        Consumer<RankAnswer> answers = answer -> self.tell(new RankAnswered(tensorRank, answer));
        var rank = getContext()
                .spawn(
                        TensorParallelActor.create(place.rank(tensorRank), factory, answers),
                        "tensor-rank-" + tensorRank,
                        TensorParallelActor.props());
        getContext().watchWith(rank, new RankStopped(tensorRank));
        ranks.add(rank);
        numAlive++;
    }

    private Behavior<Command> tellRanks(TensorParallelActor.Command command) {
        ranks.forEach(rank -> rank.tell(command));
        return this;
    }

    private Behavior<Command> onRankAnswered(int tensorRank, RankAnswer answer) {
        session.answered(tensorRank, answer).ifPresent(coordinator::tell);
        return this;
    }

    private Behavior<Command> onRankStopped(int tensorRank) {
        numAlive--;
        if (!stopping) {
            session.died(tensorRank).forEach(coordinator::tell);
        }
        return stopping && numAlive == 0 ? Behaviors.stopped() : this;
    }

    private Behavior<Command> onAbandon() {
        tellRanks(new TensorParallelActor.Abandon());
        session.abandoned().ifPresent(coordinator::tell);
        return this;
    }

    private Behavior<Command> onStop() {
        stopping = true;
        tellRanks(new TensorParallelActor.Stop());
        return numAlive == 0 ? Behaviors.stopped() : this;
    }
}
