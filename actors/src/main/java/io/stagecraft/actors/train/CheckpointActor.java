package io.stagecraft.actors.train;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/// Commits checkpoints after all ranks have written their shards. Blocks on files, so it has a
/// dispatcher of its own; a failure is an answer, never the end of the run.
///
/// The protocol stays inside one JVM: the coordinator's.
final class CheckpointActor extends AbstractOnMessageBehavior<CheckpointActor.Command> {
    /// What it is told.
    public sealed interface Command {}

    /// Make a directory for the shards after `step`.
    public record Prepare(long step, ActorRef<Answer> replyTo) implements Command {}

    /// All shards after `step` are written.
    public record Commit(long step, ActorRef<Answer> replyTo) implements Command {}

    /// Shards after `step` could not be written: remove the rest. No answer.
    public record Discard(long step) implements Command {}

    /// What it answers.
    public sealed interface Answer {}

    /// An empty directory.
    public record Prepared(Path directory) implements Answer {}

    /// The checkpoint lasts.
    public record Committed(long step, CheckpointFolder.Durable durable, double elapsedMillis) implements Answer {}

    /// It could not be made.
    public record NotCommitted(String reason) implements Answer {}

    private static final double NANOS_PER_MILLI = 1e6;

    private final CheckpointFolder folder;

    /// The behavior over `folder`.
    public static Behavior<Command> create(CheckpointFolder folder) {
        return Behaviors.setup(context -> new CheckpointActor(context, folder));
    }

    /// Threads that may block.
    public static Props props() {
        return DispatcherSelector.fromConfig(Dispatchers.IO);
    }

    private CheckpointActor(ActorContext<Command> context, CheckpointFolder folder) {
        super(context);
        this.folder = folder;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Prepare(long step, ActorRef<Answer> replyTo) ->
                answering(replyTo, () -> new Prepared(folder.prepare(step)));
            case Commit(long step, ActorRef<Answer> replyTo) -> answering(replyTo, () -> commit(step));
            case Discard(long step) -> onDiscard(step);
        };
    }

    private Answer commit(long step) {
        long start = System.nanoTime();
        CheckpointFolder.Durable durable = folder.commit(step);
        return new Committed(step, durable, (System.nanoTime() - start) / NANOS_PER_MILLI);
    }

    private Behavior<Command> answering(ActorRef<Answer> replyTo, Supplier<Answer> work) {
        replyTo.tell(orReason(work));
        return this;
    }

    private Answer orReason(Supplier<Answer> work) {
        try {
            return work.get();
        } catch (UncheckedIOException failure) {
            // A full disk, say: the message names file and cause, a trace would add nothing.
            return new NotCommitted(String.valueOf(failure.getMessage()));
        } catch (RuntimeException failure) {
            getContext().getLog().warn("no checkpoint: {}", failure.toString(), failure);
            return new NotCommitted(failure.toString());
        }
    }

    private Behavior<Command> onDiscard(long step) {
        try {
            folder.discard(step);
        } catch (RuntimeException failure) {
            getContext().getLog().warn("unfinished checkpoint of step {} stays: {}", step, failure.toString());
        }
        return this;
    }
}
