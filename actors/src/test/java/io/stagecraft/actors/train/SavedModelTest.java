package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Oracle: arithmetic by hand on a model of 2 layers, 4 heads, inner width 64 and a vocabulary of 20.
class SavedModelTest {
    private static final Path FOLDER = Path.of("step-00000004");
    private static final GptConfig MODEL =
            new GptConfig(2, 16, 4, 8, 19, 20, 64, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0.1, 0.1, 0.02);

    @Test
    void shouldTakeALayoutThatDivides() {
        assertThatCode(() -> SavedModel.requireFits(FOLDER, MODEL, new ParallelTopology(4, 2, 3)))
                .doesNotThrowAnyException();
    }

    @Test
    void shouldNameEveryReasonAgainstALayout() {
        assertThatThrownBy(() -> SavedModel.requireFits(FOLDER, MODEL, new ParallelTopology(8, 3, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step-00000004")
                .hasMessageContaining("parallel.tensor-size = 8 must divide its attention heads, 4")
                .hasMessageContaining("parallel.tensor-size = 8 must divide its padded vocabulary, 20")
                .hasMessageContaining("--to stagecraft --tensor-parallel-size 8")
                .hasMessageContaining("parallel.pipeline-size = 3 must be at most its layers, 2")
                .hasMessageNotContaining("inner width");
    }
}
