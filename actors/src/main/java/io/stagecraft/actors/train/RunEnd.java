package io.stagecraft.actors.train;

import java.util.List;

/// The end of a run inside this JVM.
///
/// @param outcome how it ended
/// @param stuck stages whose ranks did not come to rest in time; what they borrow must stay open
record RunEnd(RunOutcome outcome, List<StagePlace> stuck) {
    RunEnd {
        stuck = List.copyOf(stuck);
    }

    /// Nothing was ever started, or all of it has ended.
    static RunEnd clean(RunOutcome outcome) {
        return new RunEnd(outcome, List.of());
    }
}
