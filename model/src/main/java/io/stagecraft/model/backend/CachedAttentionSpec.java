package io.stagecraft.model.backend;

/// Sizes of a self-attention of new positions over what a cache holds of those before them, on one
/// tensor rank. Nothing is dropped: it is for inference.
///
/// @param numSequences sequences of the microbatch
/// @param numPositions new positions of each
/// @param firstPosition positions that the cache holds of each already
/// @param capacity positions that the cache has room for
/// @param numHeads heads on this rank
/// @param headSize channels of a head
/// @param scale factor of `q kᵀ`, usually `1 / sqrt(headSize)`
public record CachedAttentionSpec(
        int numSequences, int numPositions, int firstPosition, int capacity, int numHeads, int headSize, double scale) {
    public CachedAttentionSpec {
        if (numPositions < 1 || firstPosition < 0 || firstPosition > capacity - numPositions) {
            throw new IllegalArgumentException("attention over a cache: positions [" + firstPosition + ", "
                    + ((long) firstPosition + numPositions) + ") must be some and lie in [0, " + capacity
                    + "), the cache's");
        }
    }

    /// Rows of `qkv`.
    public long rows() {
        return (long) numSequences * numPositions;
    }

    /// Where the keys (`which` 0) or values (`which` 1) of `head` of `sequence` begin in the cache,
    /// in elements. Position follows position from there.
    public long place(int sequence, int which, int head) {
        return (((long) sequence * 2 + which) * numHeads + head) * capacity * headSize;
    }
}
