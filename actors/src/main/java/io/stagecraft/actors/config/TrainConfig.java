package io.stagecraft.actors.config;

import java.time.Duration;

/// How long and in which portions.
///
/// @param trainIters optimizer steps
/// @param microBatchSize sequences of one microbatch on one replica
/// @param globalBatchSize sequences of one step; a multiple of microbatch size x data-parallel size
/// @param logInterval steps between log lines
/// @param evalInterval steps between evaluations, 0 for one at the end only; one happens there in
///     any case
/// @param evalSamples held-back sequences of an evaluation, 0 for no evaluation; a multiple of
///     microbatch size x data-parallel size
/// @param evalOrder which ones
/// @param exitAfter when to save and leave before the end
/// @param stopWithin what the step under way and its checkpoint may take after the first signal to
///     stop
/// @param recompute what backward computes again
public record TrainConfig(
        int trainIters,
        int microBatchSize,
        int globalBatchSize,
        int logInterval,
        int evalInterval,
        int evalSamples,
        EvaluationOrder evalOrder,
        ExitAfter exitAfter,
        Duration stopWithin,
        RecomputeConfig recompute) {
    private static final Duration STOP_WITHIN = Duration.ofSeconds(8);

    public TrainConfig {
        Range.AT_LEAST_ONE.require("train.train-iters", trainIters);
        Range.AT_LEAST_ONE.require("train.micro-batch-size", microBatchSize);
        Range.AT_LEAST_ONE.require("train.global-batch-size", globalBatchSize);
        Range.AT_LEAST_ONE.require("train.log-interval", logInterval);
        Range.NOT_NEGATIVE.require("train.eval-interval", evalInterval);
        Range.NOT_NEGATIVE.require("train.eval-samples", evalSamples);
        Range.NOT_NEGATIVE.require("train.stop-within, in seconds,", stopWithin.toSeconds());
    }

    /// With the first held-back samples each time, no end before the end, and everything kept for
    /// backward.
    public TrainConfig(
            int trainIters,
            int microBatchSize,
            int globalBatchSize,
            int logInterval,
            int evalInterval,
            int evalSamples) {
        this(
                trainIters,
                microBatchSize,
                globalBatchSize,
                logInterval,
                evalInterval,
                evalSamples,
                EvaluationOrder.FIXED,
                new ExitAfter.Never(),
                STOP_WITHIN,
                RecomputeConfig.none());
    }

    /// The same with another number of held-back sequences.
    public TrainConfig withEvalSamples(int samples) {
        return new TrainConfig(
                trainIters,
                microBatchSize,
                globalBatchSize,
                logInterval,
                evalInterval,
                samples,
                evalOrder,
                exitAfter,
                stopWithin,
                recompute);
    }

    /// The same with less memory and more time, or the other way round.
    public TrainConfig withRecompute(RecomputeConfig other) {
        return new TrainConfig(
                trainIters,
                microBatchSize,
                globalBatchSize,
                logInterval,
                evalInterval,
                evalSamples,
                evalOrder,
                exitAfter,
                stopWithin,
                other);
    }
}
