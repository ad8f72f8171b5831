package io.stagecraft.actors.train;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import io.stagecraft.actors.telemetry.TelemetryHub;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// The root of the actors of a run in one JVM: spawns them, and ends when coordinator and telemetry
/// have.
///
/// The protocol stays inside one JVM.
final class RunGuardian extends AbstractOnMessageBehavior<RunGuardian.Command> {
    /// What the guardian hears.
    sealed interface Command {}

    /// End the run now, in order.
    record Interrupt(int signal) implements Command {}

    private record Ended(RunEnd end) implements Command {}

    private record CoordinatorStopped() implements Command {}

    private record TelemetryStopped() implements Command {}

    /// How long sinks may take to write what they have.
    private static final Duration TELEMETRY_PATIENCE = Duration.ofSeconds(5);

    private final TimerScheduler<Command> timers;
    private final Consumer<RunEnd> ended;
    private final ActorRef<TelemetryHub.Command> telemetry;
    private final ActorRef<TrainingCoordinator.Command> coordinator;
    private final RunParts parts;
    private RunEnd end;

    /// The behavior that runs `parts` and tells `ended` once how that went.
    static Behavior<Command> create(RunParts parts, Consumer<RunEnd> ended) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new RunGuardian(context, timers, parts, ended)));
    }

    private RunGuardian(
            ActorContext<Command> context, TimerScheduler<Command> timers, RunParts parts, Consumer<RunEnd> ended) {
        super(context);
        this.timers = timers;
        this.parts = parts;
        this.ended = ended;
        this.end = new RunEnd(
                new RunOutcome.Failed(0, "coordinator", "stopped unexpectedly; see the log above", List.of()),
                StagePlace.all(parts.setting().topology()));
        this.telemetry = context.spawn(TelemetryHub.create(parts.sinks()), "telemetry");
        ActorRef<TelemetryHub.Command> hub = telemetry;
        var checkpoints =
                context.spawn(CheckpointActor.create(parts.checkpoints()), "checkpoints", CheckpointActor.props());
        context.spawn(NodeAgent.create(equipment(parts)), "node");
        ActorRef<Command> self = context.getSelf();
        this.coordinator = context.spawn(
                TrainingCoordinator.create(new TrainingCoordinator.Assignment(
                        parts.setting(),
                        1,
                        checkpoints,
                        event -> hub.tell(new TelemetryHub.Publish(event)),
                        replyTo -> hub.tell(new TelemetryHub.Flush(replyTo)),
                        how -> self.tell(new Ended(how)))),
                "coordinator");
        context.watchWith(coordinator, new CoordinatorStopped());
        context.watchWith(telemetry, new TelemetryStopped());
    }

    private static NodeAgent.Equipment equipment(RunParts parts) {
        var machine = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        int cores = machine.getAvailableProcessors();
        return new NodeAgent.Equipment(parts.ranks(), parts.abort(), cores, machine.getTotalMemorySize());
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Interrupt(int signal) -> onInterrupt(signal);
            case Ended(RunEnd how) -> onEnded(how);
            case CoordinatorStopped _ -> onCoordinatorStopped();
            case TelemetryStopped _ -> onTelemetryStopped();
        };
    }

    private Behavior<Command> onInterrupt(int signal) {
        coordinator.tell(new TrainingCoordinator.Interrupt(signal));
        return this;
    }

    private Behavior<Command> onEnded(RunEnd how) {
        end = how;
        return this;
    }

    /// Whatever ended the coordinator, no rank may stay in a wait.
    private Behavior<Command> onCoordinatorStopped() {
        parts.abort().abort("the run has ended");
        telemetry.tell(new TelemetryHub.Close());
        timers.startSingleTimer(new TelemetryStopped(), TELEMETRY_PATIENCE);
        return this;
    }

    private Behavior<Command> onTelemetryStopped() {
        ended.accept(end);
        return Behaviors.stopped();
    }
}
