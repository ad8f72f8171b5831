package io.stagecraft.stages.run;

import io.stagecraft.model.layer.ReplicaShare;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;

/// How the replicas of a stage divide the optimizer's work and memory. Numbers do not depend on it.
public enum OptimizerLayout {
    /// Each updates a part of the parameters, has the moments of this part alone, and takes the
    /// rest from the others.
    ///
    /// Source: Megatron-LM, `--use-distributed-optimizer`.
    DISTRIBUTED,
    /// Each updates all parameters.
    REPLICATED;

    /// What the rank `coordinate` of `topology` updates.
    ReplicaShare share(ParallelTopology topology, RankCoordinate coordinate) {
        return switch (this) {
            case DISTRIBUTED -> new ReplicaShare(coordinate.dataRank(), topology.dataSize());
            case REPLICATED -> ReplicaShare.whole();
        };
    }
}
