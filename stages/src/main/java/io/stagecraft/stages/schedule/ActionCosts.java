package io.stagecraft.stages.schedule;

/// What each action of a stage takes, in any one unit of time.
///
/// @param forward of one microbatch
/// @param backwardInput the half of backward that the previous stage waits for
/// @param backwardWeight the other half; [StageAction.Backward] takes the sum of both
public record ActionCosts(double forward, double backwardInput, double backwardWeight) {
    public ActionCosts {
        if (!(forward >= 0) || !(backwardInput >= 0) || !(backwardWeight >= 0)) {
            throw new IllegalArgumentException("costs must be >= 0 but are forward " + forward + ", backward input "
                    + backwardInput + ", backward weight " + backwardWeight);
        }
    }

    /// Forward 1, each half of backward 1: two matrix products backward for one forward.
    public static ActionCosts unit() {
        return new ActionCosts(1, 1, 1);
    }

    /// What `action` takes.
    public double of(StageAction action) {
        return switch (action) {
            case StageAction.Forward _ -> forward;
            case StageAction.Backward _ -> backwardInput + backwardWeight;
            case StageAction.BackwardInput _ -> backwardInput;
            case StageAction.BackwardWeight _ -> backwardWeight;
        };
    }
}
