package io.stagecraft.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptBuilder;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.layer.ForwardContext.Mode;
import io.stagecraft.model.layer.MicrobatchContext.Batch;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A batch cut into microbatches is the same batch, dropout included. Oracle: the whole batch at once.
class MicrobatchTest {
    private static final GptConfig CONFIG = TinyGpt.config(Gelu.TANH, OutputEmbedding.TIED, 0.25);
    private static final int NUM_POSITIONS = 5;

    private final Backend backend = new ScalarBackend(DType.FLOAT64);
    private final GptBuilder builder = new GptBuilder(CONFIG, backend, TensorParallelGroup.single(), 42);
    private final ParameterStore store = ParameterStore.allocate(
            backend, ParameterStore.measure(backend, f -> builder.build(GptSlice.whole(CONFIG), f)));
    private final GptStage stage = builder.build(GptSlice.whole(CONFIG), store);

    @BeforeEach
    void initialize() {
        var initializer = new ParameterInitializer(backend, 3);
        stage.parameters().forEach(initializer::initialize);
    }

    @AfterEach
    void close() {
        store.close();
    }

    static Batch part(Batch whole, int fromSequence, int toSequence) {
        int from = fromSequence * NUM_POSITIONS;
        int to = toSequence * NUM_POSITIONS;
        return new Batch(
                toSequence - fromSequence,
                NUM_POSITIONS,
                whole.firstSample() + fromSequence,
                Arrays.copyOfRange(whole.tokens(), from, to),
                Arrays.copyOfRange(whole.targets(), from, to),
                Arrays.copyOfRange(whole.lossWeights(), from, to),
                whole.lossScale());
    }

    /// All forwards, then all backwards in the same order; gives loss, then all gradients.
    private double[] run(Batch... microbatches) {
        store.zeroGradients();
        var contexts = new ArrayList<MicrobatchContext>();
        var subjects = new ArrayList<Subject>();
        double loss = 0;
        for (Batch batch : microbatches) {
            contexts.add(new MicrobatchContext(backend, Mode.TRAINING, batch, 1 << 20));
            subjects.add(Subject.of(stage, backend));
            loss += subjects.getLast().forward(contexts.getLast().tokens(), contexts.getLast());
        }
        for (int i = 0; i < subjects.size(); i++) {
            subjects.get(i).backward(contexts.get(i));
            contexts.get(i).close();
        }
        double[] gradients = MicrobatchContext.read(backend, store.gradients());
        double[] result = Arrays.copyOf(gradients, gradients.length + 1);
        result[gradients.length] = loss;
        return result;
    }

    /// The same products summed in another order: 1e-16 times some hundred terms.
    @Test
    void shouldGiveTheSameLossAndGradientsWhenCutIntoMicrobatches() {
        Batch whole = TinyGpt.batch(4);
        double[] expected = run(whole);
        double[] got = run(part(whole, 0, 1), part(whole, 1, 3), part(whole, 3, 4));
        for (int i = 0; i < got.length; i++) {
            assertThat(got[i]).as("element %d", i).isCloseTo(expected[i], within(1e-13 * (1 + Math.abs(expected[i]))));
        }
    }

    @Test
    void shouldDropOtherElementsForOtherSamples() {
        Batch batch = TinyGpt.batch(1);
        var later =
                new Batch(1, NUM_POSITIONS, 7, batch.tokens(), batch.targets(), batch.lossWeights(), batch.lossScale());
        assertThat(run(batch)).isNotEqualTo(run(later));
    }

    @Test
    void shouldGiveTheSameBitsTwice() {
        assertThat(run(TinyGpt.batch(2))).isEqualTo(run(TinyGpt.batch(2)));
    }

    /// A pass that is never followed by backwardWeight leaves matrices' gradients alone.
    @Test
    void shouldAddGradientsOfMatricesInTheSecondHalfOnly() {
        store.zeroGradients();
        try (var context = new MicrobatchContext(backend, Mode.TRAINING, TinyGpt.batch(1), 1 << 20)) {
            Layer layer = stage.layers().get(1);
            Tensor x =
                    stage.layers().getFirst().forward(context.tokens(), context).output();
            Pass pass = layer.forward(x, context);
            pass.backwardInput(pass.output());
            List<double[]> before = matrixGradients(layer);
            assertThat(before).allSatisfy(gradient -> assertThat(gradient).containsOnly(0));
            pass.backwardWeight();
            assertThat(matrixGradients(layer))
                    .allSatisfy(gradient -> assertThat(gradient).doesNotContain(0));
        }
    }

    private List<double[]> matrixGradients(Layer layer) {
        return layer.parameters().stream()
                .filter(Parameter::decays)
                .map(parameter -> MicrobatchContext.read(backend, parameter.gradient()))
                .toList();
    }
}
