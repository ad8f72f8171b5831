package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;

/// Which elements of a rank's parameters one of several equal replicas sums and updates: a range of
/// the vector in which all parameters lie, about one `size`-th of it.
///
/// Within a parameter a border lies between two blocks of [Backend#sumOfSquares], so that the norm
/// is made of the same sums for every number of replicas. Borders depend on the sizes of the
/// parameters only: every replica computes the same ones.
///
/// Source: Rajbhandari et al., ZeRO, arXiv:1910.02054, stage 1; Megatron-LM,
/// `--use-distributed-optimizer`.
///
/// @param rank which replica
/// @param size number of replicas
public record ReplicaShare(int rank, int size) {
    public ReplicaShare {
        if (rank < 0 || rank >= size) {
            throw new IllegalArgumentException("rank must be in [0, " + size + ") but is " + rank);
        }
    }

    /// Everything: of a replica that updates all of its parameters.
    public static ReplicaShare whole() {
        return new ReplicaShare(0, 1);
    }

    /// Where the share of replica `replica` begins in a parameter of `num` elements that lies at
    /// element `offset` of a vector of `total`: 0 if it begins before the parameter, `num` if
    /// behind it. The share ends where that of `replica + 1` begins.
    public long from(int replica, long offset, long num, long total) {
        long even = total / size * replica + Math.min(replica, total % size) - offset;
        if (even <= 0) {
            return 0;
        }
        return Math.min(num, Backend.numBlocks(even) * Backend.SQUARES_BLOCK);
    }
}
