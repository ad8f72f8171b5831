package io.stagecraft.actors.train;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import io.stagecraft.model.checkpoint.CheckpointFormatException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;

/// Commits checkpoints after all ranks have written their shards, while they train on: reads the
/// shards for their sums, waits for the disk, and answers when the checkpoint lasts. Blocks on
/// files, so it runs on threads that may; a failure is an answer, never the end of the run.
///
/// One at a time: the answer to [Prepare] comes when the checkpoint before is done with, so there
/// is at most one in flight.
///
/// The protocol stays inside one JVM: the coordinator's.
final class CheckpointActor extends AbstractOnMessageBehavior<CheckpointActor.Command> {
    /// What it is told.
    public sealed interface Command {}

    /// Make a directory for the shards after `step`.
    public record Prepare(long step, ActorRef<Answer> replyTo) implements Command {}

    /// All shards of `state` are written.
    public record Commit(SavedState state, ActorRef<Answer> replyTo) implements Command {}

    /// Shards after `step` could not be written: remove the rest. No answer.
    public record Discard(long step) implements Command {}

    /// What it answers.
    public sealed interface Answer {}

    /// An empty directory.
    public record Prepared(Path directory) implements Answer {}

    /// The checkpoint lasts.
    public record Committed(long step, CheckpointFolder.Durable durable, double elapsedMillis) implements Answer {}

    /// There is no directory for the checkpoint of `step`.
    public record NotPrepared(long step, String reason) implements Answer {}

    /// The checkpoint of `step` could not be made.
    public record NotCommitted(long step, String reason) implements Answer {}

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
                answering(
                        replyTo,
                        orReason(() -> new Prepared(folder.prepare(step)), reason -> new NotPrepared(step, reason)));
            case Commit(SavedState state, ActorRef<Answer> replyTo) ->
                answering(replyTo, orReason(() -> commit(state), reason -> new NotCommitted(state.step(), reason)));
            case Discard(long step) -> onDiscard(step);
        };
    }

    private Answer commit(SavedState state) {
        long start = System.nanoTime();
        CheckpointFolder.Durable durable = folder.commit(state);
        return new Committed(state.step(), durable, (System.nanoTime() - start) / NANOS_PER_MILLI);
    }

    private Behavior<Command> answering(ActorRef<Answer> replyTo, Answer answer) {
        replyTo.tell(answer);
        return this;
    }

    private Answer orReason(Supplier<Answer> work, Function<String, Answer> failed) {
        try {
            return work.get();
        } catch (UncheckedIOException | CheckpointFormatException failure) {
            // A full disk, say: the message names file and cause, a trace would add nothing.
            return failed.apply(String.valueOf(failure.getMessage()));
        } catch (RuntimeException failure) {
            getContext().getLog().warn("no checkpoint: {}", failure.toString(), failure);
            return failed.apply(failure.toString());
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
