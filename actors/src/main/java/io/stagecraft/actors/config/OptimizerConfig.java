package io.stagecraft.actors.config;

import io.stagecraft.stages.run.OptimizerLayout;

/// Adam with decoupled weight decay and its schedule, counted in samples (Megatron-LM).
///
/// @param learningRate peak
/// @param minLearningRate floor of the decay
/// @param decayStyle form of the decay
/// @param warmupSamples samples of linear warm-up; of no whole number if it is a share of the decay
/// @param decaySamples samples until the floor; the whole run's if 0
/// @param beta1 decay of the first moment
/// @param beta2 decay of the second moment
/// @param epsilon added to the root of the second moment
/// @param weightDecay of matrices
/// @param clipGrad largest global gradient norm, 0 for no clipping
/// @param distributed how replicas divide its work; no number depends on it
public record OptimizerConfig(
        double learningRate,
        double minLearningRate,
        DecayStyle decayStyle,
        double warmupSamples,
        long decaySamples,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        double clipGrad,
        OptimizerLayout distributed) {
    public OptimizerConfig {
        Range.ABOVE_ZERO.require("optimizer.learning-rate", learningRate);
        Range.NOT_NEGATIVE.require("optimizer.min-learning-rate", minLearningRate);
        Range.NOT_NEGATIVE.require("optimizer.warmup-samples", warmupSamples);
        Range.NOT_NEGATIVE.require("optimizer.decay-samples", decaySamples);
        Range.PROBABILITY.require("optimizer.beta1", beta1);
        Range.PROBABILITY.require("optimizer.beta2", beta2);
        Range.ABOVE_ZERO.require("optimizer.epsilon", epsilon);
        Range.NOT_NEGATIVE.require("optimizer.weight-decay", weightDecay);
        Range.NOT_NEGATIVE.require("optimizer.clip-grad", clipGrad);
    }

    /// Forms of decay after the warm-up.
    public enum DecayStyle {
        /// The peak for ever.
        CONSTANT,
        /// A straight line to the floor.
        LINEAR,
        /// Half a cosine to the floor.
        COSINE,
        /// As the inverse of the root of the samples, from the end of warm-up on.
        INVERSE_SQUARE_ROOT
    }
}
