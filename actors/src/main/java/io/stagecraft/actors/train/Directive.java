package io.stagecraft.actors.train;

import io.stagecraft.stages.run.Phase;

/// What the [TrainingLoop] wants done next; it is told when that is done.
sealed interface Directive {
    /// All ranks run this.
    record RunPhase(Phase phase) implements Directive {}

    /// A directory for the shards of the checkpoint of `step`.
    record PrepareCheckpoint(long step) implements Directive {}

    /// All shards are written: make them a checkpoint of `state`. That happens beside what is next,
    /// so [TrainingLoop#commitBegun] is asked for it at once.
    record CommitCheckpoint(SavedState state) implements Directive {}

    /// Nothing now: what is under way goes on, and the loop is told when it is done.
    record Wait() implements Directive {}

    /// Nothing more to do.
    record Finish() implements Directive {}

    /// There is more to do, but the run was to leave; what could be saved is.
    record Leave(Leaving why) implements Directive {}

    /// The run makes no sense any more.
    record GiveUp(String where, String cause) implements Directive {}
}
