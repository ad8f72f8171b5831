package io.stagecraft.actors.config;

/// How long and in which portions.
///
/// @param trainIters optimizer steps
/// @param microBatchSize sequences of one microbatch on one replica
/// @param globalBatchSize sequences of one step; a multiple of microbatch size x data-parallel size
/// @param logInterval steps between log lines
/// @param evalInterval steps between evaluations, 0 for one at the end only; one happens there in any case
/// @param evalSamples held-back sequences of an evaluation, 0 for no evaluation; a multiple of microbatch
///     size x data-parallel size
public record TrainConfig(
        int trainIters, int microBatchSize, int globalBatchSize, int logInterval, int evalInterval, int evalSamples) {
    public TrainConfig {
        Range.AT_LEAST_ONE.require("train.train-iters", trainIters);
        Range.AT_LEAST_ONE.require("train.micro-batch-size", microBatchSize);
        Range.AT_LEAST_ONE.require("train.global-batch-size", globalBatchSize);
        Range.AT_LEAST_ONE.require("train.log-interval", logInterval);
        Range.NOT_NEGATIVE.require("train.eval-interval", evalInterval);
        Range.NOT_NEGATIVE.require("train.eval-samples", evalSamples);
    }
}
