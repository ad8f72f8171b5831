package io.stagecraft.actors.train;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import io.stagecraft.actors.cluster.CborSerializable;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.TelemetryHub;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// One run: has the stages placed, then turns their reports into calls on [RunControl] and its
/// wishes into messages.
final class TrainingCoordinator extends AbstractOnMessageBehavior<TrainingCoordinator.Command> implements Crew {
    /// What the coordinator hears.
    public sealed interface Command {}

    /// End the run in order: one that trains finishes its step and saves first.
    ///
    /// @param signal number of the signal that asked for it
    public record Interrupt(int signal) implements Command, CborSerializable {}

    private record Placed(StageSpawner.Placed placed) implements Command {}

    private record StageReported(StageReport report) implements Command {}

    private record StageStopped(StagePlace place) implements Command {}

    private record CheckpointAnswered(CheckpointActor.Answer answer) implements Command {}

    private record Hurry() implements Command {}

    private record LeaveNow() implements Command {}

    private record EventsWritten() implements Command {}

    /// What a run needs.
    ///
    /// @param setting what to run
    /// @param numNodes node agents that take part
    /// @param checkpoints commits them
    /// @param events gets what happens
    /// @param flush answers when all that `events` got before is with the operating system
    /// @param ended is told once how the run ended
    public record Assignment(
            RunSetting setting,
            int numNodes,
            ActorRef<CheckpointActor.Command> checkpoints,
            Consumer<RunEvent> events,
            Consumer<ActorRef<TelemetryHub.Written>> flush,
            Consumer<RunEnd> ended) {}

    /// How long node agents may take to show up.
    private static final Duration PLACING_PATIENCE = Duration.ofSeconds(30);

    /// How long ranks may take to come to rest, and then to close.
    private static final Duration ENDING_PATIENCE = Duration.ofSeconds(10);

    /// How long records may take to be written before a checkpoint is committed without them.
    private static final Duration WRITING_PATIENCE = Duration.ofSeconds(2);

    private static final double NANOS_PER_SECOND = 1e9;

    private final Assignment assignment;
    private final TimerScheduler<Command> timers;
    private final RunControl control;
    private final ActorRef<CheckpointActor.Answer> checkpointAnswers;
    private final ActorRef<TelemetryHub.Written> eventsWritten;
    private final List<SavedState> uncommitted = new ArrayList<>(1);
    private final List<Long> unprepared = new ArrayList<>(1);
    private final long startNanos;
    private List<NodeAgent.StageSpawned> stages = List.of();
    private List<ActorRef<NodeAgent.Command>> nodes = List.of();
    private Behavior<Command> next = this;

    /// The behavior of one run.
    public static Behavior<Command> create(Assignment assignment) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new TrainingCoordinator(context, timers, assignment)));
    }

    private TrainingCoordinator(ActorContext<Command> context, TimerScheduler<Command> timers, Assignment assignment) {
        super(context);
        this.assignment = assignment;
        this.timers = timers;
        this.startNanos = System.nanoTime();
        this.checkpointAnswers = context.messageAdapter(CheckpointActor.Answer.class, CheckpointAnswered::new);
        this.eventsWritten = context.messageAdapter(TelemetryHub.Written.class, _ -> new EventsWritten());
        ParallelTopology topology = assignment.setting().topology();
        var loop = new TrainingLoop(assignment.setting(), assignment.events(), System::nanoTime);
        this.control = new RunControl(StagePlace.all(topology), loop, this);
        ActorRef<StageReport> reports = context.messageAdapter(StageReport.class, StageReported::new);
        ActorRef<Command> self = context.getSelf();
        var order = new StageSpawner.Order(topology, assignment.numNodes(), PLACING_PATIENCE);
        context.spawn(StageSpawner.create(order, reports, placed -> self.tell(new Placed(placed))), "spawner");
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Placed(StageSpawner.Placed placed) -> onPlaced(placed);
            case StageReported(StageReport report) -> control.reported(report);
            case StageStopped(StagePlace place) -> control.stageStopped(place);
            case CheckpointAnswered(CheckpointActor.Answer answer) -> onCheckpoint(answer);
            case Interrupt(int signal) -> control.interrupt(signal);
            case LeaveNow _ -> onLeaveNow();
            case EventsWritten _ -> onEventsWritten();
            case Hurry _ -> getContext().getLog().warn("did not end in time: {}", control.hurry());
        }
        return next;
    }

    private void onLeaveNow() {
        if (control.leaveNow()) {
            long seconds = assignment.setting().plan().train().stopWithin().toSeconds();
            getContext()
                    .getLog()
                    .warn("the step under way and its checkpoint took longer than train.stop-within, {} s", seconds);
        }
    }

    private void onPlaced(StageSpawner.Placed placed) {
        switch (placed) {
            case StageSpawner.Placed.Failed(String reason) -> control.notPlaced(reason);
            case StageSpawner.Placed.Stages all -> {
                stages = all.stages();
                nodes = all.nodes();
                stages.forEach(one -> getContext().watchWith(one.stage(), new StageStopped(one.place())));
                control.placed();
            }
        }
    }

    /// Now a run that goes on from the checkpoint finds all that was told before it in the run's
    /// records.
    private void onEventsWritten() {
        timers.cancel(new EventsWritten());
        uncommitted.forEach(
                state -> assignment.checkpoints().tell(new CheckpointActor.Commit(state, checkpointAnswers)));
        uncommitted.clear();
        unprepared.forEach(this::prepare);
        unprepared.clear();
    }

    private void prepare(long step) {
        assignment.checkpoints().tell(new CheckpointActor.Prepare(step, checkpointAnswers));
    }

    private void onCheckpoint(CheckpointActor.Answer answer) {
        TrainingLoop loop = control.loop();
        control.checkpointAnswered(() -> switch (answer) {
            case CheckpointActor.Prepared(Path directory) -> loop.prepared(directory);
            case CheckpointActor.NotPrepared(long _, String reason) -> loop.notSaved(reason);
            case CheckpointActor.NotCommitted(long step, String reason) -> loop.notCommitted(step, reason);
            case CheckpointActor.Committed done ->
                loop.committed(new RunEvent.CheckpointCommitted(
                        done.step(), done.durable().directory(), done.durable().sizeBytes(), done.elapsedMillis()));
        });
    }

    @Override
    public void run(Phase phase) {
        tellStages(new StageActor.Run(phase));
    }

    @Override
    public void abandon(String reason) {
        timers.startSingleTimer(new Hurry(), ENDING_PATIENCE);
        nodes.forEach(node -> node.tell(new NodeAgent.Abort(reason)));
        tellStages(new StageActor.Abandon(reason));
    }

    @Override
    public void leaveInTime() {
        timers.startSingleTimer(
                new LeaveNow(), assignment.setting().plan().train().stopWithin());
    }

    @Override
    public void stopStages() {
        timers.startSingleTimer(new Hurry(), ENDING_PATIENCE);
        tellStages(new StageActor.Stop());
    }

    @Override
    public void prepareCheckpoint(long step) {
        if (control.loop().isCommitting()) {
            getContext()
                    .getLog()
                    .warn("the checkpoint before that of step {} is still being written; training waits for it", step);
        }
        // Behind the commit before it, which waits for the records: one is under way at a time.
        if (uncommitted.isEmpty()) {
            prepare(step);
        } else {
            unprepared.add(step);
        }
    }

    @Override
    public void commitCheckpoint(SavedState state) {
        uncommitted.add(state);
        assignment.flush().accept(eventsWritten);
        timers.startSingleTimer(new EventsWritten(), WRITING_PATIENCE);
    }

    @Override
    public void discardCheckpoint(long step) {
        if (unprepared.remove(step)) {
            return;
        }
        assignment.checkpoints().tell(new CheckpointActor.Discard(step));
    }

    @Override
    public void ended(RunEnd end) {
        double seconds = (System.nanoTime() - startNanos) / NANOS_PER_SECOND;
        assignment.events().accept(event(end.outcome(), seconds));
        assignment.ended().accept(end);
        next = Behaviors.stopped();
    }

    private static RunEvent event(RunOutcome outcome, double seconds) {
        return switch (outcome) {
            case RunOutcome.Completed(long iteration) -> new RunEvent.RunCompleted(iteration, seconds);
            case RunOutcome.Failed failed ->
                new RunEvent.RunFailed(failed.iteration(), failed.where(), failed.cause(), failed.followers());
            case RunOutcome.Paused(long iteration, String reason) -> new RunEvent.RunPaused(iteration, reason);
            case RunOutcome.Interrupted(long iteration, int signal) -> new RunEvent.RunInterrupted(iteration, signal);
        };
    }

    private void tellStages(StageActor.Command command) {
        stages.forEach(one -> one.stage().tell(command));
    }
}
