package io.stagecraft.actors.train;

import io.stagecraft.stages.run.Phase;

/// Phases in words, for messages.
final class PhaseName {
    private PhaseName() {}

    /// For example `step 12, update`.
    static String of(Phase phase) {
        return switch (phase) {
            case Phase.TrainStep train -> "step " + train.step() + ", forward and backward";
            case Phase.ApplyUpdate update -> "step " + update.step() + ", update";
            case Phase.Evaluate evaluate -> "step " + evaluate.step() + ", evaluation";
            case Phase.Score score -> "scores from window " + score.firstWindow();
            case Phase.NextToken next -> "next token after " + next.tokens().size() + " tokens";
            case Phase.Save save -> "step " + save.step() + ", save to " + save.directory();
            case Phase.Load load -> "load from " + load.directory();
        };
    }
}
