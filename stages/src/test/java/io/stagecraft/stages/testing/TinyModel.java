package io.stagecraft.stages.testing;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TokenSamples;
import io.stagecraft.stages.schedule.PipelineSchedule;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;

/// A GPT that a scalar backend trains in a moment, and text for it.
public final class TinyModel {
    /// Samples of a step at every layout.
    public static final int GLOBAL_MICROBATCHES = 4;

    private static final int SEQUENCE_LENGTH = 8;
    private static final int VOCABULARY = 29;

    private TinyModel() {}

    /// `numLayers` layers, 16 wide, 4 heads, 29 tokens padded to 32, dropout 0.1.
    public static GptConfig config(int numLayers) {
        return config(numLayers, GptConfig.OutputEmbedding.TIED);
    }

    /// As the other, with a head of its own or not.
    public static GptConfig config(int numLayers, GptConfig.OutputEmbedding outputEmbedding) {
        return new GptConfig(
                numLayers,
                16,
                4,
                SEQUENCE_LENGTH + 2,
                VOCABULARY,
                32,
                64,
                1e-5,
                Gelu.TANH,
                outputEmbedding,
                0.1,
                0.1,
                0.02);
    }

    /// Four microbatches of two sequences a step, over all replicas.
    public static RankSpec spec(GptConfig model, ParallelTopology topology, PipelineSchedule schedule) {
        return new RankSpec(
                model,
                topology,
                new RankCoordinate(0, 0, 0),
                schedule,
                2,
                GLOBAL_MICROBATCHES / topology.dataSize(),
                SEQUENCE_LENGTH,
                1234,
                AdamConfig.defaults());
    }

    /// Sequences that count up by 1, 2 or 3: easy to learn, all different.
    public static TokenSamples counting() {
        return (index, into, offset) -> {
            long step = 1 + index % 3;
            for (int t = 0; t <= SEQUENCE_LENGTH; t++) {
                into[offset + t] = (int) ((index * 7 + t * step) % VOCABULARY);
            }
        };
    }
}
