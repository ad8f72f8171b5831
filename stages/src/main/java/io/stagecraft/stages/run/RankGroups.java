package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.stages.link.CollectiveGroup;
import io.stagecraft.stages.link.RankExchanges;

/// The groups of one rank, with the sums of its backend.
///
/// @param tensor the tensor ranks of its stage and replica
/// @param data the replicas of its stage and tensor rank
/// @param embedding first and last stage of its replica and tensor rank
record RankGroups(CollectiveGroup tensor, CollectiveGroup data, CollectiveGroup embedding) {
    static RankGroups of(RankExchanges exchanges, Backend backend) {
        return new RankGroups(
                CollectiveGroup.of(exchanges.tensor(), backend),
                CollectiveGroup.of(exchanges.data(), backend),
                CollectiveGroup.of(exchanges.embedding(), backend));
    }
}
