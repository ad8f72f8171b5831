package io.stagecraft.model.parallel;

import io.stagecraft.model.tensor.Tensor;

/// The group of one rank.
record SingleRank() implements TensorParallelGroup {
    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public void allReduceSum(Tensor x) {
        // a sum of one
    }

    @Override
    public void allReduceMax(Tensor x) {
        // the largest of one
    }

    @Override
    public void allGather(Tensor slice, Tensor full) {
        if (!slice.equals(full)) {
            throw new IllegalArgumentException(
                    "a group of one gathers a slice that is the whole: " + slice + " into " + full);
        }
    }
}
