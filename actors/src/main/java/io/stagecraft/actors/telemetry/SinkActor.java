package io.stagecraft.actors.telemetry;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.Props;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.List;

/// Hands events to one [RunEventSink] on threads that may block.
///
/// The protocol stays inside one JVM.
final class SinkActor extends AbstractOnMessageBehavior<SinkActor.Command> {
    /// What a sink hears.
    sealed interface Command permits TelemetryHub.Delivered, Flush, Close {}

    /// What came before this is written: pass it on to the first of `others`, or answer if there is
    /// none.
    record Flush(List<ActorRef<Command>> others, ActorRef<TelemetryHub.Written> replyTo) implements Command {
        Flush {
            others = List.copyOf(others);
        }

        /// Sends this where it goes next.
        void passOn() {
            if (others.isEmpty()) {
                replyTo.tell(new TelemetryHub.Written());
            } else {
                others.getFirst().tell(new Flush(others.subList(1, others.size()), replyTo));
            }
        }
    }

    /// Close the sink after the events before this.
    record Close() implements Command {}

    private static final String IO_DISPATCHER = "stagecraft.io-dispatcher";

    private final RunEventSink sink;
    private final ActorRef<TelemetryHub.Command> hub;

    /// The behavior around `sink`, which it closes.
    static Behavior<Command> create(RunEventSink sink, ActorRef<TelemetryHub.Command> hub) {
        return Behaviors.setup(context -> new SinkActor(context, sink, hub));
    }

    /// Threads that may block.
    static Props props() {
        return DispatcherSelector.fromConfig(IO_DISPATCHER);
    }

    private SinkActor(ActorContext<Command> context, RunEventSink sink, ActorRef<TelemetryHub.Command> hub) {
        super(context);
        this.sink = sink;
        this.hub = hub;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case TelemetryHub.Delivered delivered -> onDelivered(delivered);
            case Flush flush -> onFlush(flush);
            case Close _ -> Behaviors.stopped();
        };
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            sink.close();
        }
        return this;
    }

    private Behavior<Command> onFlush(Flush flush) {
        flush.passOn();
        return this;
    }

    /// A sink that throws is stopped by its supervisor, which logs why.
    private Behavior<Command> onDelivered(TelemetryHub.Delivered delivered) {
        if (delivered.numMissed() > 0) {
            getContext().getLog().warn("{} was too slow and missed {} events", sink, delivered.numMissed());
        }
        sink.accept(delivered.event());
        hub.tell(new TelemetryHub.Acknowledged(getContext().getSelf().narrow()));
        return this;
    }
}
