package io.stagecraft.stages.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import org.junit.jupiter.api.Test;

class FlopCountTest {
    @Test
    void shouldCountGpt2SmallAsPublished() { // oracle: GPT-2 124M counted by hand, 756 M a token
        var gpt2 = new GptConfig(
                12, 768, 12, 1024, 50257, 50257, 3072, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0, 0, 0.02);
        assertThat(new FlopCount(gpt2, 256).perToken()).isCloseTo(756e6, within(0.5e6)); // given to 3 digits
    }

    @Test
    void shouldNotCountTheLookupOfAnUntiedEmbedding() {
        var tied = new GptConfig(2, 8, 2, 16, 30, 32, 32, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0, 0, 0.02);
        var untied =
                new GptConfig(2, 8, 2, 16, 30, 32, 32, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.UNTIED, 0, 0, 0.02);
        assertThat(new FlopCount(untied, 16).perToken()).isEqualTo(new FlopCount(tied, 16).perToken());
    }
}
