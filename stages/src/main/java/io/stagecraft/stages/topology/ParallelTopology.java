package io.stagecraft.stages.topology;

/// Extents of the three parallel axes. Ranks are laid out with the tensor axis fastest, then data,
/// then pipeline, as in Megatron-LM.
///
/// @param tensorSize tensor-parallel size
/// @param pipelineSize pipeline-parallel size, the number of stages
/// @param dataSize data-parallel size, the number of replicas
public record ParallelTopology(int tensorSize, int pipelineSize, int dataSize) {
    public ParallelTopology {
        if (tensorSize < 1 || pipelineSize < 1 || dataSize < 1) {
            throw new IllegalArgumentException("parallel sizes must be >= 1 but are tensor " + tensorSize
                    + ", pipeline " + pipelineSize + ", data " + dataSize);
        }
    }

    /// Number of ranks.
    public int numRanks() {
        return tensorSize * pipelineSize * dataSize;
    }

    /// `tensor + data * tensorSize + stage * tensorSize * dataSize`.
    public int globalRank(RankCoordinate rank) {
        return rank.tensorRank() + tensorSize * (rank.dataRank() + dataSize * rank.stage());
    }

    /// Short form for tables and messages, for example `tensor 2 x pipeline 2 x data 1`.
    @Override
    public String toString() {
        return "tensor " + tensorSize + " x pipeline " + pipelineSize + " x data " + dataSize;
    }
}
