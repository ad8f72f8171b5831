package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: central differences in double, with dropout on.
class LayerGradientTest {
    private static GptConfig config(Gelu gelu, OutputEmbedding output) {
        return TinyGpt.config(gelu, output, 0.25);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldDifferentiateTheTransformerLayer(int tensorSize) {
        var config = config(Gelu.TANH, OutputEmbedding.TIED);
        new GradientCheck(TinyGpt.run(tensorSize, TinyGpt.transformer(config))).againstDifferences();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldDifferentiateTheTransformerLayerWithinDocuments(int tensorSize) {
        var config = config(Gelu.TANH, OutputEmbedding.TIED);
        new GradientCheck(TinyGpt.runWithDocuments(tensorSize, TinyGpt.transformer(config))).againstDifferences();
    }

    @Test
    void shouldDifferentiateTheTransformerLayerWithErfGelu() {
        var config = config(Gelu.ERF, OutputEmbedding.TIED);
        new GradientCheck(TinyGpt.run(1, TinyGpt.transformer(config))).againstDifferences();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldDifferentiateTheEmbedding(int tensorSize) {
        var config = config(Gelu.TANH, OutputEmbedding.TIED);
        new GradientCheck(TinyGpt.run(tensorSize, TinyGpt.embedding(config))).againstDifferences();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldDifferentiateTheLanguageModelHead(int tensorSize) {
        var config = config(Gelu.TANH, OutputEmbedding.UNTIED);
        new GradientCheck(TinyGpt.run(tensorSize, TinyGpt.head(config))).againstDifferences();
    }

    @ParameterizedTest
    @EnumSource(OutputEmbedding.class)
    void shouldDifferentiateTheWholeModel(OutputEmbedding output) {
        var config = config(Gelu.TANH, output);
        new GradientCheck(TinyGpt.run(2, TinyGpt.whole(config))).againstDifferences();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void shouldGiveTheGradientsOfOneRankOnSeveral(int tensorSize) {
        var config = config(Gelu.TANH, OutputEmbedding.TIED);
        new GradientCheck(TinyGpt.run(tensorSize, TinyGpt.whole(config))).againstOneRank();
    }
}
