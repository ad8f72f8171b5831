package io.stagecraft.actors.train;

import io.stagecraft.stages.run.PhaseResult;

/// What a tensor rank tells its stage. Stays inside one JVM.
sealed interface RankAnswer {
    /// The program is open, memory is there.
    record Opened() implements RankAnswer {}

    /// The phase is done.
    record Done(PhaseResult result) implements RankAnswer {}

    /// The rank's shards of a checkpoint could not be written; the rank is ready for the next
    /// phase.
    record NotSaved(String reason) implements RankAnswer {}

    /// The rank cannot go on.
    record Failed(Fault fault) implements RankAnswer {}

    /// The rank runs nothing any more and touches no memory of others.
    ///
    /// @param place what it had not finished, empty if it was idle
    record Quiet(String place) implements RankAnswer {}
}
