package io.stagecraft.stages.schedule;

import java.util.List;
import java.util.function.Predicate;

/// Counts what a list holds at one time.
final class InFlight {
    private InFlight() {}

    /// Most microbatches, from forward to the end of backward.
    static int most(List<StageAction> actions) {
        if (!keepsActivations(actions)) {
            return actions.isEmpty() ? 0 : 1; // nothing is kept for a backward: one microbatch at a time
        }
        return most(actions, action -> action instanceof StageAction.Forward);
    }

    /// Most gradients of the next stage, each from the action that takes it to the end of backward.
    static int mostGradients(List<StageAction> actions) {
        return most(actions, StageAction::movesGradient);
    }

    /// Whether forward leaves something for a backward.
    static boolean keepsActivations(List<StageAction> actions) {
        return actions.stream().anyMatch(StageAction::endsBackward);
    }

    private static int most(List<StageAction> actions, Predicate<StageAction> begins) {
        int held = 0;
        int most = 0;
        for (StageAction action : actions) {
            held += begins.test(action) ? 1 : 0;
            most = Math.max(most, held);
            held -= action.endsBackward() ? 1 : 0;
        }
        return most;
    }
}
