package io.stagecraft.stages.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LayerAssignmentTest {
    @Test
    void shouldSplitEvenlyWhenLayersDivide() {
        assertThat(layers(12, 4)).containsExactly(3, 3, 3, 3);
    }

    @Test
    void shouldGiveExtraLayersToInnerStagesFirst() {
        assertThat(layers(14, 4)).containsExactly(3, 4, 4, 3);
    }

    @Test
    void shouldGiveTheFirstStageAnExtraLayerBeforeTheLast() {
        assertThat(layers(15, 4)).containsExactly(4, 4, 4, 3);
        assertThat(layers(3, 2)).containsExactly(2, 1);
    }

    @Test
    void shouldKeepEveryLayerExactlyOnceForAllSizes() {
        for (int numLayers = 1; numLayers <= 40; numLayers++) {
            for (int numStages = 1; numStages <= numLayers; numStages++) {
                int[] layers = layers(numLayers, numStages);
                assertThat(IntStream.of(layers).sum()).isEqualTo(numLayers);
                assertThat(IntStream.of(layers).max().orElseThrow()
                                - IntStream.of(layers).min().orElseThrow())
                        .as("%d layers over %d stages", numLayers, numStages)
                        .isLessThanOrEqualTo(1);
                assertThat(new LayerAssignment(numLayers, numStages).endLayer(numStages - 1))
                        .isEqualTo(numLayers);
            }
        }
    }

    @Test
    void shouldRefuseMoreStagesThanLayers() {
        assertThatThrownBy(() -> new LayerAssignment(3, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 but is 4");
    }

    private static int[] layers(int numLayers, int numStages) {
        var assignment = new LayerAssignment(numLayers, numStages);
        return IntStream.range(0, numStages).map(assignment::layersOf).toArray();
    }
}
