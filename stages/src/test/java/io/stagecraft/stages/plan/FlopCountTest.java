package io.stagecraft.stages.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import org.junit.jupiter.api.Test;

class FlopCountTest {
    @Test
    void shouldCountGpt2SmallByHand() {
        // 12 L h^2 + 13 L h + V h + 2 h, then the two products of causal attention
        double byHand = 6.0 * (84_934_656 + 119_808 + 38_597_376 + 1_536) + 6.0 * 12 * 768 * 256;
        var gpt2 = new GptConfig(
                12, 768, 12, 1024, 50257, 50257, 3072, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0, 0, 0.02);
        assertThat(new FlopCount(gpt2, 256).perToken()).isEqualTo(byHand);
    }

    @Test
    void shouldNotCountTheLookupOfAnUntiedEmbedding() {
        var tied = new GptConfig(2, 8, 2, 16, 30, 32, 32, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0, 0, 0.02);
        var untied =
                new GptConfig(2, 8, 2, 16, 30, 32, 32, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.UNTIED, 0, 0, 0.02);
        assertThat(new FlopCount(untied, 16).perToken()).isEqualTo(new FlopCount(tied, 16).perToken());
    }
}
