package io.stagecraft.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.MeasuringBackend;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptBuilder;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EvaluationTest {
    private static final long ARENA_BYTES = 4 << 20;
    private final Backend backend = new ScalarBackend(DType.FLOAT64);

    private GptStage initialized(GptConfig config, Backend on) {
        var builder = new GptBuilder(config, on, TensorParallelGroup.single(), 42);
        var slice = GptSlice.whole(config);
        var store = ParameterStore.allocate(on, ParameterStore.measure(on, f -> builder.build(slice, f)));
        GptStage stage = builder.build(slice, store);
        var initializer = new ParameterInitializer(on, 42);
        stage.parameters().forEach(initializer::initialize);
        return stage;
    }

    private static MicrobatchContext context(Backend on, ForwardContext.Mode mode) {
        return new MicrobatchContext(on, mode, TinyGpt.batch(), ARENA_BYTES);
    }

    private static GptConfig config(double dropout) {
        return TinyGpt.config(Gelu.TANH, OutputEmbedding.TIED, dropout);
    }

    private double loss(GptConfig config, ForwardContext.Mode mode) {
        try (var context = context(backend, mode)) {
            Tensor none = context.arena().allocate(backend.dtype(), Shape.of(0));
            return Subject.of(initialized(config, backend), backend).forward(none, context);
        }
    }

    @Test
    void shouldGiveTheSameLossAsTrainingWithoutDropout() {
        assertThat(loss(config(0), ForwardContext.Mode.EVALUATION))
                .isEqualTo(loss(config(0), ForwardContext.Mode.TRAINING));
    }

    @Test
    void shouldDropNothing() {
        assertThat(loss(config(0.5), ForwardContext.Mode.EVALUATION))
                .isEqualTo(loss(config(0), ForwardContext.Mode.EVALUATION));
    }

    @Test
    void shouldKeepNothingOfATransformerLayerBeyondItsTwoSums() {
        try (var context = context(backend, ForwardContext.Mode.EVALUATION)) {
            Layer layer = initialized(config(0), backend).layers().get(1);
            Tensor x = context.arena().allocate(backend.dtype(), Shape.of(15, TinyGpt.WIDTH));
            long before = context.arena().mark();
            layer.forward(x, context);
            // [15, 12] doubles are 1440 bytes, rounded up to 1472 by the arena's alignment
            assertThat(context.arena().mark() - before).isEqualTo(2 * 1472);
        }
    }

    @Test
    void shouldRefuseBackward() {
        try (var context = context(backend, ForwardContext.Mode.EVALUATION)) {
            Layer layer = initialized(config(0), backend).layers().get(1);
            Tensor x = context.arena().allocate(backend.dtype(), Shape.of(15, TinyGpt.WIDTH));
            Pass pass = layer.forward(x, context);
            assertThatThrownBy(() -> pass.backwardInput(x)).hasMessageContaining("evaluation");
        }
    }

    /// Oracle: `log Σ e^l - l[target]` of the whole logits, which the head itself never makes. 150 rows are
    /// two of its chunks, of 128 and 22.
    @ParameterizedTest
    @EnumSource(ForwardContext.Mode.class)
    void shouldGiveTheLossOfItsLogits(ForwardContext.Mode mode) {
        var config = TinyGpt.wideVocabulary();
        GptStage stage = initialized(config, backend);
        var batch = TinyGpt.batch(30);
        try (var context = new MicrobatchContext(backend, mode, batch, 16 << 20)) {
            Tensor x = context.arena().allocate(backend.dtype(), Shape.of(150, TinyGpt.WIDTH));
            backend.embedding(context.tokens(), stage.parameters().getFirst().value(), 0, x);
            LossHead head = ((GptStage.End.Loss) stage.end()).head();
            double[] logits = MicrobatchContext.read(backend, head.logits(x, context));
            double got = backend.read(head.forward(x, context).lossSum(), 0);
            double expected = lossOf(logits, config.paddedVocabSize(), batch);
            // sums of 4096 exponentials about 1, which here are not relative to the largest logit: 1e-16 each
            assertThat(got).isCloseTo(expected, within(1e-12 * expected));
        }
    }

    private static double lossOf(double[] logits, int vocabulary, MicrobatchContext.Batch batch) {
        double total = 0;
        for (int r = 0; r < batch.rows(); r++) {
            double sum = 0;
            for (int c = 0; c < vocabulary; c++) {
                sum += Math.exp(logits[r * vocabulary + c]);
            }
            total += batch.lossWeights()[r] * (Math.log(sum) - logits[r * vocabulary + batch.targets()[r]]);
        }
        return total;
    }

    @Test
    void shouldNeedTheSameArenasOnTheMeasuringBackend() {
        var measuring = new MeasuringBackend(backend);
        long[] real = peaks(backend);
        assertThat(peaks(measuring)).isEqualTo(real);
    }

    private long[] peaks(Backend on) {
        try (var context = context(on, ForwardContext.Mode.TRAINING)) {
            Subject subject = Subject.of(initialized(config(0.25), on), on);
            Tensor none = context.arena().allocate(on.dtype(), Shape.of(0));
            subject.forward(none, context);
            subject.backward(context);
            return new long[] {context.arena().peakBytes(), context.gradients().peakBytes()};
        }
    }
}
