package io.stagecraft.actors.train;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.MailboxSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.Props;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.topology.RankCoordinate;
import java.util.function.Consumer;

/// One tensor rank of a stage. Its thread is the compute thread: pinned, so that memory is touched
/// where it is used and a collective may wait. A phase that waits for an arrival goes back to the
/// mailbox.
///
/// The protocol stays inside one JVM.
final class TensorParallelActor extends AbstractOnMessageBehavior<TensorParallelActor.Command> {
    /// What a rank is told, by its stage only.
    sealed interface Command {}

    /// Runs a phase; the one before it is done.
    record Run(Phase phase) implements Command {}

    /// Gives up what runs and says when nothing runs any more.
    record Abandon() implements Command {}

    /// Closes the program and ends.
    record Stop() implements Command {}

    private record Open() implements Command {}

    private record Arrived() implements Command {}

    /// One phase, one abandon, one stop, one open and the arrivals' single message fit with room to
    /// spare: more in the mailbox is a bug.
    private static final int MAILBOX_CAPACITY = 16;

    private final RankSession session;
    private final ArrivalBell bell;
    private final Consumer<RankAnswer> answers;

    /// The rank's behavior; `answers` gets one [RankAnswer] for opening, each phase and [Abandon].
    static Behavior<Command> create(RankCoordinate rank, RankFactory factory, Consumer<RankAnswer> answers) {
        return Behaviors.setup(context -> {
            ActorRef<Command> self = context.getSelf();
            var bell = new ArrivalBell(() -> self.tell(new Arrived()));
            self.tell(new Open());
            return new TensorParallelActor(context, new RankSession(rank, factory, bell::ring), bell, answers);
        });
    }

    /// A thread of its own and a bounded mailbox.
    static Props props() {
        return MailboxSelector.bounded(MAILBOX_CAPACITY).withDispatcherFromConfig(Dispatchers.COMPUTE);
    }

    private TensorParallelActor(
            ActorContext<Command> context, RankSession session, ArrivalBell bell, Consumer<RankAnswer> answers) {
        super(context);
        this.session = session;
        this.bell = bell;
        this.answers = answers;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Open _ -> answering(session.open());
            case Run(Phase phase) -> onRun(phase);
            case Arrived _ -> onArrived();
            case Abandon _ -> answering(session.abandon());
            case Stop _ -> Behaviors.stopped();
        };
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            bell.close();
            session.close();
        }
        return this;
    }

    private Behavior<Command> onRun(Phase phase) {
        session.run(phase).ifPresent(answers);
        return this;
    }

    private Behavior<Command> onArrived() {
        bell.answer();
        session.arrived().ifPresent(answers);
        return this;
    }

    private Behavior<Command> answering(RankAnswer answer) {
        answers.accept(answer);
        return this;
    }
}
