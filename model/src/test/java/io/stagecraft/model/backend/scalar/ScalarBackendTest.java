package io.stagecraft.model.backend.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.AdamStep;
import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.backend.Reduction;
import io.stagecraft.model.layer.MicrobatchContext;
import io.stagecraft.model.random.Philox;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Oracles: numbers by hand, and the written definitions of dropout. The gradients of the operations are
/// checked through the layers.
class ScalarBackendTest {
    private final ScalarBackend backend = new ScalarBackend(DType.FLOAT64);
    private final Storage storage = backend.allocate(1 << 16);
    private final TensorArena arena = new TensorArena("test", storage);

    @AfterEach
    void close() {
        storage.close();
    }

    private Tensor tensor(Shape shape, double... values) {
        Tensor tensor = arena.allocate(DType.FLOAT64, shape);
        MicrobatchContext.write(backend, values, tensor);
        return tensor;
    }

    private Tensor vector(double... values) {
        return tensor(Shape.of(values.length), values);
    }

    private double[] read(Tensor tensor) {
        return MicrobatchContext.read(backend, tensor);
    }

    /// All four give [[1, 2], [3, 4]] [[5, 6], [7, 8]] = [[19, 22], [43, 50]], twice.
    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void shouldMultiplyTransposedOperands(boolean aTransposed, boolean bTransposed) {
        Tensor a = aTransposed ? tensor(Shape.of(2, 2), 1, 3, 2, 4) : tensor(Shape.of(2, 2), 1, 2, 3, 4);
        Tensor b = bTransposed ? tensor(Shape.of(2, 2), 5, 7, 6, 8) : tensor(Shape.of(2, 2), 5, 6, 7, 8);
        Tensor c = tensor(Shape.of(2, 2), 0, 0, 0, 0);
        backend.matmul(new Matmul(aTransposed, bTransposed, 2), a, b, c, Epilogue.NONE);
        assertThat(read(c)).containsExactly(38, 44, 86, 100);
    }

    @Test
    void shouldAddAProductToWhatIsThere() {
        Tensor c = tensor(Shape.of(1, 1), 10);
        backend.matmulAdd(Matmul.plain(), tensor(Shape.of(1, 2), 1, 2), tensor(Shape.of(2, 1), 3, 4), c);
        assertThat(read(c)).containsExactly(21);
    }

    @Test
    void shouldRefuseAProductOfUnequalInnerSizesWithExpectedAndGot() {
        Tensor a = tensor(Shape.of(1, 2), 1, 2);
        Tensor b = tensor(Shape.of(1, 3), 1, 2, 3);
        assertThatThrownBy(() -> backend.matmul(Matmul.plain(), a, b, a, Epilogue.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("matmul: b must be FLOAT64 with 2 rows of 3 but is FLOAT64[1, 3]");
    }

    @Test
    void shouldRefuseATensorOfAnotherType() {
        Tensor floats = arena.allocate(DType.FLOAT32, Shape.of(2));
        assertThatThrownBy(() -> backend.sumOfSquares(floats, vector(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("FLOAT32");
    }

    /// Digits of erf from Abramowitz and Stegun, table 7.1 (0.5, 1, 1.5), and mpmath (3.5).
    @ParameterizedTest
    @CsvSource({"0.5, 0.5204998778130465", "1, 0.8427007929497149", "1.5, 0.9661051464753108", "3.5, 0.9999992569016276"
    })
    void shouldGiveTheErrorFunction(double x, double expected) {
        assertThat(ScalarGelu.erf(x)).isCloseTo(expected, within(3e-16));
        assertThat(ScalarGelu.erf(-x)).isEqualTo(-ScalarGelu.erf(x));
    }

    /// By hand: x Φ(x) at 1 is 0.8413447460685429.
    @Test
    void shouldGiveTheErfGelu() {
        assertThat(ScalarGelu.value(Gelu.ERF, 1)).isCloseTo(0.8413447460685429, within(3e-16));
    }

    @Test
    void shouldNormalizeARow() {
        Tensor y = vector(0, 0).reshape(Shape.of(1, 2));
        Tensor statistics = tensor(Shape.of(1, 2), 0, 0);
        var ln = new LayerNormOperands(tensor(Shape.of(1, 2), 3, 7), vector(2, 2), vector(1, 1), statistics, 12);
        backend.layerNorm(ln, y);
        // mean 5, variance 4, 1 / sqrt(4 + 12) = 0.25
        assertThat(read(y)).containsExactly(0, 2);
        assertThat(read(statistics)).containsExactly(5, 0.25);
    }

    /// Written definition in [Dropout]: 16-bit numbers of Philox by row and column.
    @Test
    void shouldDropWhereTheWrittenDefinitionSays() {
        var dropout = new Dropout(20_000, 77, 5, 3);
        double[] ones = new double[6 * 11];
        java.util.Arrays.fill(ones, 1);
        Tensor dY = tensor(Shape.of(6, 11), ones);
        backend.dropoutBackward(dY, dropout, dY);
        double[] got = read(dY);
        for (int r = 0; r < 6; r++) {
            for (int c = 0; c < 11; c++) {
                long block = (r % 3) * 2L + c / 8;
                long words = c % 8 < 4 ? Philox.words01(77, block, 5 + r / 3) : Philox.words23(77, block, 5 + r / 3);
                long u = words >>> 16 * (c % 4) & 0xFFFF;
                assertThat(got[r * 11 + c]).isEqualTo(u < 20_000 ? 0 : 65536.0 / 45_536);
            }
        }
    }

    /// One head, scores 0: the first row sees itself, the second the mean of both values.
    @Test
    void shouldAttendToThePastOnly() {
        var spec = new AttentionSpec(1, 2, 1, 1, 0, 1, Dropout.none());
        Tensor qkv = tensor(Shape.of(2, 3), 0, 1, 10, 0, 1, 20);
        Tensor saved = arena.allocate(DType.FLOAT64, backend.attentionSavedShape(spec));
        Tensor out = tensor(Shape.of(2, 1), 0, 0);
        backend.attention(spec, qkv, saved, out);
        assertThat(read(out)).containsExactly(10, 15);
    }

    /// One head, scores 0: the third row begins a document and sees itself, the fourth the mean of these two.
    @Test
    void shouldAttendWithinTheDocumentOnly() {
        Tensor starts = arena.allocate(DType.INT32, Shape.of(4));
        backend.upload(new int[] {0, 0, 2, 2}, 0, starts);
        var spec = new AttentionSpec(1, 4, 1, 1, 0, 1, Dropout.none(), new AttentionMask.Documents(starts));
        Tensor qkv = tensor(Shape.of(4, 3), 0, 1, 10, 0, 1, 20, 0, 1, 30, 0, 1, 40);
        Tensor saved = arena.allocate(DType.FLOAT64, backend.attentionSavedShape(spec));
        Tensor out = tensor(Shape.of(4, 1), 0, 0, 0, 0);
        backend.attention(spec, qkv, saved, out);
        assertThat(read(out)).containsExactly(10, 15, 30, 35);
    }

    @Test
    void shouldReduceInAscendingOrder() {
        // (1 + 1e17) - 1e17 is 0 in this order, 1 in another
        MemorySegment[] parts = {bytes(1), bytes(1e17), bytes(-1e17)};
        Tensor sum = vector(0);
        backend.reduce(Reduction.SUM, parts, 3, sum);
        assertThat(read(sum)).containsExactly(0);
    }

    @Test
    void shouldReduceToTheLargest() {
        Tensor max = vector(0);
        backend.reduce(Reduction.MAX, new MemorySegment[] {bytes(-3), bytes(-1)}, 2, max);
        assertThat(read(max)).containsExactly(-1);
    }

    @Test
    void shouldReduceIntoAllPartsInAscendingOrder() {
        MemorySegment[] parts = {bytes(1), bytes(1e17), bytes(-1e17)};
        backend.reduceIntoAll(Reduction.SUM, parts, 3, DType.FLOAT64);
        assertThat(parts)
                .allSatisfy(part ->
                        assertThat(part.toArray(ValueLayout.JAVA_DOUBLE)).containsExactly(0));
    }

    private static MemorySegment bytes(double value) {
        return MemorySegment.ofArray(new double[] {value});
    }

    /// By hand, first step: m / (1 - β1) = g, v / (1 - β2) = g², so w -= lr (sign(g) + decay w).
    @Test
    void shouldMakeAFirstStepOfAdam() {
        Tensor w = vector(2);
        var tensors = new AdamTensors(w, vector(-8), vector(0), vector(0));
        backend.adam(new AdamStep(0.5, 0.9, 0.99, 1e-300, 0.25, 1, 0.5), tensors);
        // the corrections 1 - 0.9 and 1 - 0.99 are rounded: a few units of 1e-16
        assertThat(read(w)[0]).isCloseTo(2 - 0.5 * (-1 + 0.25 * 2), within(1e-14));
    }

    @Test
    void shouldRoundToFloatWhenStoring() {
        var single = new ScalarBackend(DType.FLOAT32);
        try (Storage memory = single.allocate(64)) {
            var x = new Tensor(memory, 0, Shape.of(1), DType.FLOAT32);
            single.fill(x, 0.1);
            assertThat(single.read(x, 0)).isEqualTo(0.1f);
        }
    }
}
