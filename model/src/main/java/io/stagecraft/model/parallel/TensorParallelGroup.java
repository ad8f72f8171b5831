package io.stagecraft.model.parallel;

import io.stagecraft.model.tensor.Tensor;

/// The tensor-parallel ranks of one stage, as a layer sees them: the conjugate operators f and g
/// are made of these (Shoeybi et al., arXiv:1909.08053, section 3).
///
/// All ranks of the group make the same calls in the same order. Results are bitwise equal on all
/// ranks and from run to run: sums add in ascending rank order.
///
/// - Errors: if the run is aborted while a rank waits here, the call throws.
/// - Thread: the rank's compute thread; blocks it.
public interface TensorParallelGroup {
    /// Position of this rank, `0 <= rank < size`.
    int rank();

    /// Number of ranks.
    int size();

    /// `x = Σ_p x_p` on every rank, in place.
    void allReduceSum(Tensor x);

    /// `x = max_p x_p` on every rank, in place.
    void allReduceMax(Tensor x);

    /// `full = [slice of rank 0, slice of rank 1, ...]` on every rank; slices are equally long
    /// pieces in memory order and `slice` may be this rank's own place in `full`.
    void allGather(Tensor slice, Tensor full);

    /// A group of one: everything is the identity.
    static TensorParallelGroup single() {
        return new SingleRank();
    }
}
