package io.stagecraft.tests.train;

import io.stagecraft.actors.train.RankFactory;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.link.LocalCollectives;
import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TensorParallelRank;
import io.stagecraft.stages.run.TokenSamples;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.Transport;
import io.stagecraft.transport.WaitStyle;

/// Real ranks of a tiny model, one of which cannot read one sample.
final class RealRanks implements RankFactory {
    /// Of all replicas together.
    static final int NUM_MICROBATCHES = 4;

    private static final int SEQUENCE_LENGTH = 8;
    private static final int VOCABULARY = 16;
    private static final GptConfig MODEL = new GptConfig(
            2,
            8,
            2,
            SEQUENCE_LENGTH,
            VOCABULARY,
            VOCABULARY,
            32,
            1e-5,
            Gelu.TANH,
            GptConfig.OutputEmbedding.TIED,
            0.1,
            0.1,
            0.02);

    final AbortSignal abort = new AbortSignal();
    private final Transport transport;
    private final ParallelTopology topology;
    private final RankCoordinate victim;
    private final long unreadable;
    private final LocalCollectives collectives;

    /// `victim` throws when it reads sample `unreadable`; microbatches have one sample.
    RealRanks(Transport transport, ParallelTopology topology, RankCoordinate victim, long unreadable) {
        this.transport = transport;
        this.topology = topology;
        this.collectives = new LocalCollectives(topology, abort, WaitStyle.PARK);
        this.victim = victim;
        this.unreadable = unreadable;
    }

    /// The specification of `rank`.
    private RankSpec spec(RankCoordinate rank) {
        return new RankSpec(
                MODEL,
                topology,
                rank,
                new OneForwardOneBackwardSchedule(),
                1,
                NUM_MICROBATCHES / topology.dataSize(),
                SEQUENCE_LENGTH,
                7,
                AdamConfig.defaults());
    }

    @Override
    public RankProgram open(RankCoordinate rank, Runnable onArrival) {
        TokenSamples samples = (index, into, offset) -> {
            if (rank.equals(victim) && index == unreadable) {
                throw new IllegalStateException("sample " + index + " is damaged");
            }
            for (int position = 0; position <= SEQUENCE_LENGTH; position++) {
                into[offset + position] = (int) ((index + position) % VOCABULARY);
            }
        };
        var ports = new RankPorts(
                new ScalarBackend(DType.FLOAT32),
                transport,
                collectives.of(rank),
                samples,
                samples,
                abort,
                WaitStyle.PARK,
                onArrival);
        return TensorParallelRank.open(spec(rank), ports);
    }
}
