package io.stagecraft.model.layer;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The checks are checked: each must fail when a known mistake is planted.
class PlantedMistakeTest {
    private static final GptConfig CONFIG = TinyGpt.config(Gelu.TANH, OutputEmbedding.TIED, 0.25);

    /// 0 and 1 are the two g of a transformer layer, 2 and 3 its two f.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void shouldFailWhenATransformerLayerLeavesOutASum(int leftOut) {
        assertFails(leavingOut(leftOut, TinyGpt.transformer(CONFIG)));
    }

    /// 0 is the target logits, 1 the sums of exponentials, 2 the f of the projection.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldFailWhenTheHeadLeavesOutASum(int leftOut) {
        assertFails(leavingOut(leftOut, TinyGpt.head(CONFIG)));
    }

    @Test
    void shouldFailWhenTheEmbeddingLeavesOutItsSum() {
        assertFails(leavingOut(0, TinyGpt.embedding(CONFIG)));
    }

    @Test
    void shouldHaveNoFurtherSumInATransformerLayer() {
        var check = new GradientCheck(TinyGpt.run(2, leavingOut(4, TinyGpt.transformer(CONFIG))));
        assertThatCode(check::againstOneRank).doesNotThrowAnyException();
    }

    @Test
    void shouldFailWhenDropoutMasksAreByLocalHead() {
        assertFails((backend, group, factory) ->
                TinyGpt.transformer(CONFIG).build(BrokenParts.dropoutByLocalHead(backend), group, factory));
    }

    @Test
    void shouldFailWhenEveryRankAddsTheRowParallelBias() {
        assertFails(mlp(true));
    }

    @Test
    void shouldPassWhenOneRankAddsTheRowParallelBias() {
        var check = new GradientCheck(TinyGpt.run(2, mlp(false)));
        assertThatCode(check::againstOneRank).doesNotThrowAnyException();
    }

    private static TensorParallelRun.Model leavingOut(int sum, TensorParallelRun.Model model) {
        return (backend, group, factory) ->
                model.build(backend, group.size() == 1 ? group : new BrokenParts.LeavesOutOneSum(group, sum), factory);
    }

    private static TensorParallelRun.Model mlp(boolean everyRank) {
        return (backend, group, factory) -> {
            var rows = new TensorPartition.Split(0, group.rank(), group.size());
            var columns = new TensorPartition.Split(1, group.rank(), group.size());
            var zero = new Parameter.Initialization.Constant(0);
            var in = new ColumnParallelLinear(
                    backend,
                    group,
                    factory.create("in.weight", Shape.of(20, TinyGpt.WIDTH), rows, zero),
                    factory.create("in.bias", Shape.of(20), rows, zero));
            var out = new RowParallelLinear(
                    backend,
                    group,
                    factory.create("out.weight", Shape.of(TinyGpt.WIDTH, 20), columns, zero),
                    factory.create("out.bias", Shape.of(TinyGpt.WIDTH), new TensorPartition.Replicated(), zero));
            return Subject.of(new BrokenParts.MlpAddingBias(backend, group, in, out, everyRank), backend);
        };
    }

    private static void assertFails(TensorParallelRun.Model broken) {
        var check = new GradientCheck(TinyGpt.run(2, broken));
        assertThatThrownBy(check::againstOneRank).isInstanceOf(AssertionError.class);
    }
}
