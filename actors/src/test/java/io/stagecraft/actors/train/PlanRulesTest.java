package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.config.Breach;
import io.stagecraft.actors.config.StagecraftConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A machine's memory against what a layout needs of it.
class PlanRulesTest {
    private static final long MEBIBYTE = 1 << 20;

    @TempDir
    private Path folder;

    @Test
    void shouldRefuseWhatDoesNotFitTheMachine() {
        // 4 layers of width 1024 have 12 x 4 x 1024² = 50 million weights: 192 MiB, and as much for gradients and
        // for each of the two moments.
        StagecraftConfig config = settings("model.num-layers=4", "model.hidden-size=1024");

        List<Breach> breaches = PlanRules.broken(config, 4 * 192 * MEBIBYTE);

        assertThat(breaches).singleElement().satisfies(breach -> {
            assertThat(breach.keys()).contains("model.hidden-size", "model.num-layers");
            assertThat(breach.rule()).contains("but this machine has 0.8 GiB");
        });
    }

    @Test
    void shouldRefuseWhatOverflowsALong() {
        StagecraftConfig config = settings("model.max-position-embeddings=2000000000");

        assertThat(PlanRules.broken(config, Long.MAX_VALUE))
                .singleElement()
                .satisfies(it -> assertThat(it.keys()).contains("model.max-position-embeddings"));
    }

    @Test
    void shouldAllowWhatFits() {
        // Activations and buffers of 4 sequences of 128 tokens are far from another GiB.
        StagecraftConfig config = settings("model.num-layers=4", "model.hidden-size=1024");

        assertThat(PlanRules.broken(config, (4 * 192 + 1024) * MEBIBYTE)).isEmpty();
    }

    @Test
    void shouldCountEveryReplica() {
        StagecraftConfig config = settings("model.num-layers=4", "model.hidden-size=1024", "parallel.data-size=2");

        assertThat(PlanRules.broken(config, (4 * 192 + 1024) * MEBIBYTE)).hasSize(1);
    }

    @Test
    void shouldSayThatRecomputationWouldFit() {
        // Probabilities of 4 layers, 16 sequences and 4 heads take 4 x 64 x 512² floats, 256 MiB,
        // and what else the layers keep as much again; recomputation needs a quarter of both, and
        // twice the gradients of a layer.
        StagecraftConfig config =
                settings("train.micro-batch-size=16", "data.sequence-length=512", "model.max-position-embeddings=512");

        assertThat(PlanRules.broken(config, 400 * MEBIBYTE))
                .singleElement()
                .satisfies(it -> assertThat(it.nearest())
                        .startsWith("nearest: train.recompute-granularity = full with"
                                + " train.recompute-method = uniform, which needs 0."));
    }

    private StagecraftConfig settings(String... overrides) {
        return Fakes.settings(folder, overrides);
    }
}
