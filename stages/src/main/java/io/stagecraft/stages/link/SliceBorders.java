package io.stagecraft.stages.link;

/// How a tensor's elements, in memory order, are divided over the ranks of a group: contiguous
/// ranges whose lengths differ by at most one block of 16 elements (a cache line of float32); the
/// last block may be short. A tensor with fewer than 16 elements a rank is divided by single
/// elements.
///
/// The borders depend on the number of elements and of ranks only, so every rank computes the same
/// ones.
final class SliceBorders {
    private static final long BLOCK = 16;

    private SliceBorders() {}

    /// First element of slice `rank` of `size`; for `rank = size`, `numElements`.
    static long from(long numElements, int rank, int size) {
        long block = numElements >= BLOCK * size ? BLOCK : 1;
        long numBlocks = (numElements + block - 1) / block;
        long first = rank * (numBlocks / size) + Math.min(rank, numBlocks % size);
        return Math.min(numElements, first * block);
    }

    /// Number of elements of slice `rank`.
    static long length(long numElements, int rank, int size) {
        return from(numElements, rank + 1, size) - from(numElements, rank, size);
    }

    /// Elements beyond the longest tensor that a buffer needs in which slices of all tensors arrive
    /// at the same place: the borders of a shorter one may lie up to a block further from its end.
    static long slack(int size) {
        return size == 1 ? 0 : BLOCK;
    }

    /// Number of elements of the longest slice.
    static long longest(long numElements, int size) {
        return length(numElements, 0, size);
    }
}
