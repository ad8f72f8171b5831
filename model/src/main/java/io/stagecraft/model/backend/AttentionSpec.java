package io.stagecraft.model.backend;

/// Sizes and scale of one self-attention on one tensor rank.
///
/// @param numSequences sequences of the microbatch
/// @param numPositions positions of a sequence
/// @param numHeads heads on this rank
/// @param headSize channels of a head
/// @param firstHead global number of this rank's first head: dropout masks are by global head
/// @param scale factor of `q kᵀ`, usually `1 / sqrt(headSize)`
/// @param dropout on the probabilities
/// @param mask which positions are attended to
public record AttentionSpec(
        int numSequences,
        int numPositions,
        int numHeads,
        int headSize,
        int firstHead,
        double scale,
        Dropout dropout,
        AttentionMask mask) {
    /// With [AttentionMask#CAUSAL].
    public AttentionSpec(
            int numSequences,
            int numPositions,
            int numHeads,
            int headSize,
            int firstHead,
            double scale,
            Dropout dropout) {
        this(numSequences, numPositions, numHeads, headSize, firstHead, scale, dropout, AttentionMask.CAUSAL);
    }

    /// Rows of `qkv`.
    public long rows() {
        return (long) numSequences * numPositions;
    }
}
