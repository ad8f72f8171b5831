package io.stagecraft.actors.train;

import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.model.optimizer.LearningRateSchedule;

/// What the step loop has to know.
///
/// @param train steps, batches, intervals
/// @param testSamples samples of the evaluation on the test part after the last step, 0 for none
/// @param checkpointInterval steps between checkpoints, 0 for one at the end only, [#NEVER_SAVED]
///     for none
/// @param learningRate as a function of consumed samples
/// @param clipping of the global gradient norm
/// @param cost what one step processes
/// @param charactersPerToken of the held-back text, for losses a character
public record TrainingPlan(
        TrainConfig train,
        int testSamples,
        int checkpointInterval,
        LearningRateSchedule learningRate,
        GradientClipping clipping,
        StepCost cost,
        double charactersPerToken) {
    /// A run of which nothing is saved.
    public static final int NEVER_SAVED = -1;

    public TrainingPlan {
        if (train.trainIters() < 1) {
            throw new IllegalArgumentException("trainIters must be >= 1 but is " + train.trainIters());
        }
        if (checkpointInterval < NEVER_SAVED || testSamples < 0 || !(charactersPerToken > 0)) {
            throw new IllegalArgumentException(
                    "checkpointInterval must be >= -1, testSamples >= 0 and charactersPerToken > 0 but are "
                            + checkpointInterval + ", " + testSamples + " and " + charactersPerToken);
        }
    }

    /// Without a test part.
    public TrainingPlan(
            TrainConfig train,
            int checkpointInterval,
            LearningRateSchedule learningRate,
            GradientClipping clipping,
            StepCost cost,
            double charactersPerToken) {
        this(train, 0, checkpointInterval, learningRate, clipping, cost, charactersPerToken);
    }

    /// What one step processes.
    ///
    /// @param tokens sequences x positions
    /// @param modelFlops of forward and backward, without recomputation (Megatron-LM)
    public record StepCost(long tokens, double modelFlops) {}
}
