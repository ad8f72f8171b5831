package io.stagecraft.actors.train;

import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.util.ArrayList;
import java.util.List;

/// Which stage of which replica: what one [StageActor] is responsible for.
///
/// @param stage position on the pipeline axis
/// @param dataRank position on the data axis
record StagePlace(int stage, int dataRank) {
    public StagePlace {
        if (stage < 0 || dataRank < 0) {
            throw new IllegalArgumentException("stage and replica must be >= 0 but are " + stage + " and " + dataRank);
        }
    }

    /// All places of a layout, stages ascending, replicas ascending within a stage: the order in
    /// which results are combined.
    public static List<StagePlace> all(ParallelTopology topology) {
        var places = new ArrayList<StagePlace>(topology.pipelineSize() * topology.dataSize());
        for (int stage = 0; stage < topology.pipelineSize(); stage++) {
            for (int dataRank = 0; dataRank < topology.dataSize(); dataRank++) {
                places.add(new StagePlace(stage, dataRank));
            }
        }
        return List.copyOf(places);
    }

    /// One tensor rank of this place.
    public RankCoordinate rank(int tensorRank) {
        return new RankCoordinate(tensorRank, stage, dataRank);
    }

    /// For messages: `stage 1, replica 0`.
    @Override
    public String toString() {
        return "stage " + stage + ", replica " + dataRank;
    }
}
