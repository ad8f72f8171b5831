package io.stagecraft.actors.telemetry;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import io.stagecraft.actors.cluster.CborSerializable;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Where everything that happens in a run goes: keeps the last events, forwards each to subscribers
/// and sinks. Nobody who is slow holds it up, nothing is queued without bound.
public final class TelemetryHub extends AbstractOnMessageBehavior<TelemetryHub.Command> {
    /// What the hub hears.
    public sealed interface Command {}

    /// Something happened.
    public record Publish(RunEvent event) implements Command, CborSerializable {}

    /// From now on `subscriber` gets every event, while it has at most `window` unacknowledged. One
    /// that ends is forgotten.
    public record Subscribe(ActorRef<Delivered> subscriber, int window) implements Command, CborSerializable {}

    /// `subscriber` is done with the oldest event it has.
    public record Acknowledged(ActorRef<Delivered> subscriber) implements Command, CborSerializable {}

    /// Asks for the last events.
    public record Recent(ActorRef<RecentEvents> replyTo) implements Command, CborSerializable {}

    /// Asks for a [Written] when the sinks are done with every event before this. None comes if a
    /// sink fails.
    public record Flush(ActorRef<Written> replyTo) implements Command, CborSerializable {}

    /// No more events come: close the sinks after what they have, then end.
    public record Close() implements Command, CborSerializable {}

    private record SubscriberStopped(ActorRef<Delivered> subscriber) implements Command {}

    private record SinkStopped(ActorRef<SinkActor.Command> sink) implements Command {}

    /// One event for one subscriber.
    ///
    /// @param event what happened
    /// @param numMissed events that passed the subscriber by just before this one
    public record Delivered(RunEvent event, long numMissed) implements SinkActor.Command, CborSerializable {}

    /// The last events, oldest first.
    public record RecentEvents(List<RunEvent> events) implements CborSerializable {}

    /// The sinks are done with the events before the question; what they write to files is with the
    /// operating system.
    public record Written() implements CborSerializable {}

    private static final int NUM_KEPT = 256;
    private static final int SINK_WINDOW = 4096;

    private final ArrayDeque<RunEvent> recent = new ArrayDeque<>(NUM_KEPT);
    private final Map<ActorRef<Delivered>, DeliveryWindow> subscribers = new HashMap<>();
    private final Map<ActorRef<SinkActor.Command>, RunEventSink> sinks = new HashMap<>();
    private boolean closing;

    /// The behavior that hands every event to `sinks`, which it closes.
    public static Behavior<Command> create(List<RunEventSink> sinks) {
        return Behaviors.setup(context -> {
            var hub = new TelemetryHub(context);
            sinks.forEach(hub::addSink);
            return hub;
        });
    }

    private TelemetryHub(ActorContext<Command> context) {
        super(context);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Publish(RunEvent event) -> onPublish(event);
            case Subscribe(ActorRef<Delivered> subscriber, int window) -> onSubscribe(subscriber, window);
            case Acknowledged(ActorRef<Delivered> subscriber) -> onAcknowledged(subscriber);
            case Recent(ActorRef<RecentEvents> replyTo) -> onRecent(replyTo);
            case Flush(ActorRef<Written> replyTo) -> onFlush(replyTo);
            case SubscriberStopped(ActorRef<Delivered> subscriber) -> onSubscriberStopped(subscriber);
            case SinkStopped(ActorRef<SinkActor.Command> sink) -> onSinkStopped(sink);
            case Close _ -> onClose();
        };
    }

    private void addSink(RunEventSink sink) {
        ActorRef<SinkActor.Command> actor = getContext()
                .spawn(SinkActor.create(sink, getContext().getSelf()), "sink-" + sinks.size(), SinkActor.props());
        getContext().watchWith(actor, new SinkStopped(actor));
        sinks.put(actor, sink);
        subscribers.put(actor.narrow(), new DeliveryWindow(SINK_WINDOW));
    }

    private Behavior<Command> onPublish(RunEvent event) {
        if (recent.size() == NUM_KEPT) {
            recent.removeFirst();
        }
        recent.addLast(event);
        subscribers.forEach((subscriber, window) -> window.offer(event).ifPresent(subscriber::tell));
        return this;
    }

    private Behavior<Command> onSubscribe(ActorRef<Delivered> subscriber, int window) {
        subscribers.put(subscriber, new DeliveryWindow(window));
        getContext().watchWith(subscriber, new SubscriberStopped(subscriber));
        return this;
    }

    private Behavior<Command> onAcknowledged(ActorRef<Delivered> subscriber) {
        subscribers.computeIfPresent(subscriber, (_, window) -> {
            window.acknowledged();
            return window;
        });
        return this;
    }

    private Behavior<Command> onRecent(ActorRef<RecentEvents> replyTo) {
        replyTo.tell(new RecentEvents(List.copyOf(recent)));
        return this;
    }

    private Behavior<Command> onFlush(ActorRef<Written> replyTo) {
        new SinkActor.Flush(List.copyOf(sinks.keySet()), replyTo).passOn();
        return this;
    }

    private Behavior<Command> onSubscriberStopped(ActorRef<Delivered> subscriber) {
        subscribers.remove(subscriber);
        return this;
    }

    private Behavior<Command> onSinkStopped(ActorRef<SinkActor.Command> sink) {
        subscribers.remove(sink.<Delivered>narrow());
        RunEventSink stopped = sinks.remove(sink);
        if (!closing) {
            getContext().getLog().warn("{} failed and gets no more events", stopped);
        }
        return endIfClosed();
    }

    private Behavior<Command> onClose() {
        closing = true;
        sinks.keySet().forEach(sink -> sink.tell(new SinkActor.Close()));
        return endIfClosed();
    }

    private Behavior<Command> endIfClosed() {
        return closing && sinks.isEmpty() ? Behaviors.stopped() : this;
    }
}
