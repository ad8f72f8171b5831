package io.stagecraft.stages.plan;

/// What one stage has, and what each of its ranks needs. All ranks of a stage need the same, but
/// for moments that are divided over replicas: these differ by at most a block of the norm, 64 KiB.
///
/// @param stage its number
/// @param firstLayer global number of its first transformer layer
/// @param numLayers transformer layers
/// @param numRanks tensor ranks x replicas
/// @param numParameters of the whole stage, over its tensor ranks; a tied copy does not count
/// @param maxInFlight microbatches whose activations a rank holds at one time
/// @param rank memory of one rank
public record StagePlan(
        int stage, int firstLayer, int numLayers, int numRanks, long numParameters, int maxInFlight, RankMemory rank) {
    /// Memory of one rank.
    ///
    /// @param weightBytes of weights
    /// @param gradientBytes of their gradients
    /// @param momentBytes of Adam's two moments, of replica 0's share where they are divided
    /// @param activationBytes of all microbatches in flight, and of the gradients between layers
    /// @param receiveBytes of the buffers in which activations and gradients of other stages arrive
    public record RankMemory(
            long weightBytes, long gradientBytes, long momentBytes, long activationBytes, long receiveBytes) {
        /// All of it.
        public long totalBytes() {
            return weightBytes + gradientBytes + momentBytes + activationBytes + receiveBytes;
        }
    }

    /// Memory of all ranks of the stage.
    public long totalBytes() {
        return numRanks * rank.totalBytes();
    }
}
