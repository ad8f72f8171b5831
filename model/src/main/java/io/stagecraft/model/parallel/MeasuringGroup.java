package io.stagecraft.model.parallel;

import io.stagecraft.model.tensor.Tensor;

/// A group that says its size and does nothing: for measuring memory and building models that are
/// not run.
///
/// @param rank position of this rank
/// @param size number of ranks
public record MeasuringGroup(int rank, int size) implements TensorParallelGroup {
    public MeasuringGroup {
        if (rank < 0 || rank >= size) {
            throw new IllegalArgumentException("rank must be in [0, " + size + ") but is " + rank);
        }
    }

    @Override
    public void allReduceSum(Tensor x) {
        // nothing is computed
    }

    @Override
    public void allReduceMax(Tensor x) {
        // nothing is computed
    }

    @Override
    public void allGather(Tensor slice, Tensor full) {
        // nothing is computed
    }
}
