package io.stagecraft.stages.topology;

/// Where a rank stands on the three axes.
///
/// @param tensorRank position on the tensor axis
/// @param stage position on the pipeline axis
/// @param dataRank position on the data axis: which replica
public record RankCoordinate(int tensorRank, int stage, int dataRank) {
    /// For messages: `stage 1, tensor rank 0, replica 0`.
    @Override
    public String toString() {
        return "stage " + stage + ", tensor rank " + tensorRank + ", replica " + dataRank;
    }
}
