package io.stagecraft.stages.run;

/// The one place that scales the loss: a step's loss is the mean over replicas and microbatches of each
/// microbatch's weighted mean. Nothing later divides: gradients are only summed, over microbatches and then
/// over replicas.
///
/// Source: Megatron-LM.
///
/// @param numMicrobatches microbatches of one replica's step
/// @param dataSize replicas
record LossScale(int numMicrobatches, int dataSize) {
    /// Factor from a row's weighted loss to its part of the step's loss, for a microbatch whose weights sum
    /// to `sumOfWeights`.
    double factor(double sumOfWeights) {
        return 1 / (sumOfWeights * numMicrobatches * dataSize);
    }

    /// A microbatch's own loss.
    static double mean(double lossSum, double sumOfWeights) {
        return lossSum / sumOfWeights;
    }
}
