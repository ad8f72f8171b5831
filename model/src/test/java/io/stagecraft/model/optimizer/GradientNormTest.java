package io.stagecraft.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptBuilder;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.parallel.MeasuringGroup;
import io.stagecraft.model.tensor.DType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Gradients of 1 everywhere: the squared norm is the number of elements that count.
class GradientNormTest {
    private static final GptConfig CONFIG =
            new GptConfig(2, 16, 4, 8, 30, 32, 64, 1e-5, Gelu.TANH, OutputEmbedding.TIED, 0, 0, 0.02);

    private final ScalarBackend backend = new ScalarBackend(DType.FLOAT64);

    /// Squares on one rank, by parameter.
    private double[] squares(GptSlice slice, int rank, int size) {
        var group = new MeasuringGroup(rank, size);
        var builder = new GptBuilder(CONFIG, backend, group, 0);
        try (var store =
                ParameterStore.allocate(backend, ParameterStore.measure(backend, f -> builder.build(slice, f)))) {
            var parameters = builder.build(slice, store).parameters();
            for (Parameter parameter : parameters) {
                backend.fill(parameter.gradient(), 1);
            }
            try (var norm = new GradientNorm(backend, group, parameters)) {
                double[] squares = new double[norm.parameters().size()];
                norm.measure();
                norm.squares(squares);
                return squares;
            }
        }
    }

    @Test
    void shouldCountEveryParameterOnceAlone() {
        assertThat(Arrays.stream(squares(GptSlice.whole(CONFIG), 0, 1)).sum()).isEqualTo(CONFIG.numParameters());
    }

    @Test
    void shouldCountReplicatedParametersOnceOnSeveralTensorRanks() {
        double sum = 0;
        for (int rank = 0; rank < 4; rank++) {
            sum += Arrays.stream(squares(GptSlice.whole(CONFIG), rank, 4)).sum();
        }
        assertThat(sum).isEqualTo(CONFIG.numParameters());
    }

    @Test
    void shouldNotCountTheCopyOfTheTiedEmbeddingOnTheLastStage() {
        double first =
                Arrays.stream(squares(GptSlice.ofStage(0, 1, 0, 2), 0, 1)).sum();
        double last = Arrays.stream(squares(GptSlice.ofStage(1, 2, 1, 2), 0, 1)).sum();
        assertThat(first + last).isEqualTo(CONFIG.numParameters());
    }
}
