package io.stagecraft.stages.schedule;

import java.util.List;

/// Counts microbatches whose activations a list holds.
final class InFlight {
    private InFlight() {}

    static int most(List<StageAction> actions) {
        if (actions.stream().noneMatch(StageAction::endsBackward)) {
            return actions.isEmpty() ? 0 : 1; // nothing is kept for a backward: one microbatch at a time
        }
        int inFlight = 0;
        int most = 0;
        for (StageAction action : actions) {
            if (action instanceof StageAction.Forward) {
                inFlight++;
            } else if (action.endsBackward()) {
                inFlight--;
            }
            most = Math.max(most, inFlight);
        }
        return most;
    }
}
