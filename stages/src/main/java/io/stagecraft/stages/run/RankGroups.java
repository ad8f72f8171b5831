package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.stages.link.CollectiveGroup;
import io.stagecraft.stages.link.RankExchanges;

/// The groups of one rank, with the sums of its backend.
///
/// @param tensor the tensor ranks of its stage and replica
/// @param data the replicas of its stage and tensor rank
/// @param embedding first and last stage of its replica and tensor rank
record RankGroups(CollectiveGroup tensor, CollectiveGroup data, CollectiveGroup embedding) implements AutoCloseable {
    static RankGroups open(RankExchanges exchanges, Backend backend) {
        return new RankGroups(
                CollectiveGroup.open(exchanges.tensor(), backend),
                CollectiveGroup.open(exchanges.data(), backend),
                CollectiveGroup.open(exchanges.embedding(), backend));
    }

    @Override
    public void close() {
        tensor.close();
        data.close();
        embedding.close();
    }
}
