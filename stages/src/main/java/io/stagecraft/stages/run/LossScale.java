package io.stagecraft.stages.run;

/// The one place that scales the loss: a step's loss is the mean over replicas and microbatches of
/// each microbatch's weighted mean. Nothing later divides: gradients are only summed, over
/// microbatches and then over replicas.
///
/// A microbatch whose weights are all 0 has no mean: Megatron-LM divides by 0 there and trains on
/// not-a-number. Here its loss is 0 and it has no gradients; it still counts among the
/// microbatches.
///
/// Source: Megatron-LM.
///
/// @param numMicrobatches microbatches of one replica's step
/// @param dataSize replicas
record LossScale(int numMicrobatches, int dataSize) {
    /// Factor from a row's weighted loss to its part of the step's loss, for a microbatch whose
    /// weights sum to `sumOfWeights`.
    double factor(double sumOfWeights) {
        return sumOfWeights == 0 ? 0 : 1 / (sumOfWeights * numMicrobatches * dataSize);
    }

    /// A microbatch's own loss: the mean of its weighted losses.
    static double mean(double lossSum, double sumOfWeights) {
        return sumOfWeights == 0 ? 0 : lossSum / sumOfWeights;
    }
}
