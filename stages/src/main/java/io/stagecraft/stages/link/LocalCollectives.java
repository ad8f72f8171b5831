package io.stagecraft.stages.link;

import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.WaitStyle;
import io.stagecraft.transport.exchange.Exchange;
import io.stagecraft.transport.exchange.LocalExchange;
import java.util.HashMap;
import java.util.Map;

/// All groups of a topology whose ranks are threads of this JVM.
public final class LocalCollectives {
    private final ParallelTopology topology;
    private final Map<RankCoordinate, Exchange> tensor = new HashMap<>();
    private final Map<RankCoordinate, Exchange> data = new HashMap<>();
    private final Map<RankCoordinate, Exchange> embedding = new HashMap<>();

    /// Builds the groups; `signal` ends every wait in them.
    public LocalCollectives(ParallelTopology topology, AbortSignal signal, WaitStyle style) {
        this.topology = topology;
        for (int stage = 0; stage < topology.pipelineSize(); stage++) {
            addStage(stage, signal, style);
        }
    }

    /// What `rank` needs. Each rank asks once: an exchange belongs to one thread.
    ///
    /// - Errors: [IllegalArgumentException] if the topology has no such rank.
    public RankExchanges of(RankCoordinate rank) {
        if (!tensor.containsKey(rank)) {
            throw new IllegalArgumentException("no " + rank + " in " + topology);
        }
        return new RankExchanges(tensor.get(rank), data.get(rank), embedding.get(rank));
    }

    private void addStage(int stage, AbortSignal signal, WaitStyle style) {
        int last = topology.pipelineSize() - 1;
        for (int d = 0; d < topology.dataSize(); d++) {
            var group = LocalExchange.group(topology.tensorSize(), signal, style);
            for (int t = 0; t < topology.tensorSize(); t++) {
                tensor.put(new RankCoordinate(t, stage, d), group.get(t));
            }
        }
        for (int t = 0; t < topology.tensorSize(); t++) {
            var group = LocalExchange.group(topology.dataSize(), signal, style);
            for (int d = 0; d < topology.dataSize(); d++) {
                data.put(new RankCoordinate(t, stage, d), group.get(d));
                addEmbedding(new RankCoordinate(t, stage, d), last, signal, style);
            }
        }
    }

    private void addEmbedding(RankCoordinate rank, int last, AbortSignal signal, WaitStyle style) {
        if (rank.stage() == last && last > 0) {
            return; // came with the first stage
        }
        boolean shared = rank.stage() == 0 && last > 0;
        var group = LocalExchange.group(shared ? 2 : 1, signal, style);
        embedding.put(rank, group.get(0));
        if (shared) {
            embedding.put(new RankCoordinate(rank.tensorRank(), last, rank.dataRank()), group.get(1));
        }
    }
}
