package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GptSettingsTest {
    /// Every value differs from every other of its type.
    private static final GptConfig CONFIG =
            new GptConfig(3, 48, 6, 64, 83, 128, 192, 1e-5, Gelu.ERF, GptConfig.OutputEmbedding.UNTIED, 0.1, 0.2, 0.02);

    @Test
    void shouldBeTheSameAfterItWasSaved() {
        assertThat(GptSettings.restore(JsonValues.frozen(GptSettings.of(CONFIG))))
                .isEqualTo(CONFIG);
    }

    @Test
    void shouldNameAMissingKey() {
        Map<String, Object> values = new HashMap<>(GptSettings.of(CONFIG));
        values.remove("num-heads");
        assertThatThrownBy(() -> GptSettings.restore(values))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model.num-heads must be an integer but is missing");
    }

    @Test
    void shouldNameAKeyOfAWrongType() {
        Map<String, Object> values = new HashMap<>(GptSettings.of(CONFIG));
        values.put("gelu", "RELU");
        assertThatThrownBy(() -> GptSettings.restore(values))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model.gelu must be one of [TANH, ERF] but is RELU");
    }
}
