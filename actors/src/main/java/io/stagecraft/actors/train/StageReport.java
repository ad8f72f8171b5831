package io.stagecraft.actors.train;

import io.stagecraft.actors.cluster.CborSerializable;
import io.stagecraft.stages.run.PhaseResult;
import java.util.List;

/// What a stage of one replica tells the coordinator.
sealed interface StageReport extends CborSerializable {
    /// Who speaks.
    StagePlace place();

    /// All tensor ranks are open.
    record Ready(StagePlace place) implements StageReport {}

    /// All tensor ranks finished the phase; their results in one (see [RankResults]).
    record Done(StagePlace place, PhaseResult result) implements StageReport {}

    /// Shards of a checkpoint could not be written; the stage is ready for the next phase.
    record NotSaved(StagePlace place, String reason) implements StageReport {}

    /// A tensor rank cannot go on.
    record Failed(StagePlace place, Fault fault) implements StageReport {}

    /// After [StageActor.Abandon]: no tensor rank runs anything any more.
    ///
    /// @param unfinished ranks that waited for an arrival, with what they had not finished
    record Quiet(StagePlace place, List<String> unfinished) implements StageReport {}
}
