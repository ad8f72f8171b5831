package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.AdamStep;
import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Reduction;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Copies, sums and the optimizer against the scalar backend.
class CpuElementwiseTest {
    private static final double ULP = Math.pow(2, -24);

    private final Twins twins = new Twins();

    @AfterEach
    void close() {
        twins.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 8192, 8193})
    void shouldFillScaleAddAndCopy(int num) {
        Twin x = twins.random(Shape.of(num));
        Twin y = twins.random(Shape.of(num));
        Twin z = twins.random(Shape.of(num));

        twins.cpu.scale(x.actual(), 0.75);
        twins.scalar.scale(x.expected(), 0.75);
        x.assertEqual("scale");
        twins.cpu.add(x.actual(), y.actual());
        twins.scalar.add(x.expected(), y.expected());
        y.assertEqual("add");
        twins.cpu.copy(y.actual(), z.actual());
        twins.scalar.copy(y.expected(), z.expected());
        z.assertEqual("copy");
        twins.cpu.fill(z.actual(), -0.5);
        twins.scalar.fill(z.expected(), -0.5);
        z.assertEqual("fill");
    }

    @Test
    void shouldScaleAndAddDoubles() {
        Twin a = twins.sum(0.1);
        Twin b = twins.sum(0.2);

        twins.cpu.scale(a.actual(), 3);
        twins.cpu.add(a.actual(), b.actual());

        assertThat(twins.cpu.read(b.actual(), 0)).isEqualTo(0.2 + 0.1 * 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 8193})
    void shouldReducePartsInAscendingOrder(int num) {
        for (Reduction reduction : Reduction.values()) {
            Twin a = twins.random(Shape.of(num));
            Twin b = twins.random(Shape.of(num));
            Twin c = twins.random(Shape.of(num));
            MemorySegment[] parts = {
                twins.cpu.readable(a.actual()), twins.cpu.readable(b.actual()), twins.cpu.readable(c.actual()),
            };
            float[] expected = new float[num];
            for (int i = 0; i < num; i++) {
                float x = (float) twins.cpu.read(a.actual(), i);
                float y = (float) twins.cpu.read(b.actual(), i);
                float z = (float) twins.cpu.read(c.actual(), i);
                expected[i] = reduction == Reduction.SUM ? x + y + z : Math.max(x, Math.max(y, z));
            }

            twins.cpu.reduce(reduction, parts, 3, b.actual());

            // the same float additions in the same order: equal bits, also over one of the parts
            assertThat(twins.cpu.readable(b.actual()).mismatch(MemorySegment.ofArray(expected)))
                    .isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 8193})
    void shouldSumTwoPartsOverOneOfThem(int num) {
        Twin a = twins.random(Shape.of(num));
        Twin b = twins.random(Shape.of(num));
        MemorySegment[] parts = {twins.cpu.readable(a.actual()), twins.cpu.readable(b.actual())};
        float[] expected = new float[num];
        for (int i = 0; i < num; i++) {
            expected[i] = (float) twins.cpu.read(a.actual(), i) + (float) twins.cpu.read(b.actual(), i);
        }

        twins.cpu.reduce(Reduction.SUM, parts, 2, b.actual());

        assertThat(twins.cpu.readable(b.actual()).mismatch(MemorySegment.ofArray(expected)))
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 8193})
    void shouldReduceIntoAllPartsAsIntoOne(int num) { // oracle: the reduction into another tensor
        for (Reduction reduction : Reduction.values()) {
            for (int numParts = 2; numParts <= 3; numParts++) {
                Tensor expected = twins.random(Shape.of(num)).actual();
                MemorySegment[] parts = {
                    twins.cpu.memory(twins.random(Shape.of(num)).actual()),
                    twins.cpu.memory(twins.random(Shape.of(num)).actual()),
                    twins.cpu.memory(twins.random(Shape.of(num)).actual()),
                };
                twins.cpu.reduce(reduction, parts, numParts, expected);

                twins.cpu.reduceIntoAll(reduction, parts, numParts, DType.FLOAT32);

                assertThat(Arrays.stream(parts).limit(numParts))
                        .allSatisfy(part -> assertThat(part.mismatch(twins.cpu.readable(expected)))
                                .isEqualTo(-1));
            }
        }
    }

    @Test
    void shouldReduceDoublesIntoAllParts() {
        Twin a = twins.sum(0.1);
        Twin b = twins.sum(0.2);
        MemorySegment[] parts = {twins.cpu.memory(a.actual()), twins.cpu.memory(b.actual())};

        twins.cpu.reduceIntoAll(Reduction.SUM, parts, 2, DType.FLOAT64);

        assertThat(twins.cpu.read(a.actual(), 0)).isEqualTo(0.1 + 0.2);
        assertThat(twins.cpu.read(b.actual(), 0)).isEqualTo(0.1 + 0.2);
    }

    @Test
    void shouldNotWriteIntoAPartThatIsForReading() {
        Twin a = twins.sum(0.1);
        Twin b = twins.sum(0.2);
        MemorySegment[] parts = {twins.cpu.memory(a.actual()), twins.cpu.readable(b.actual())};

        assertThatThrownBy(() -> twins.cpu.reduceIntoAll(Reduction.SUM, parts, 2, DType.FLOAT64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("part 1: expected memory that may be written");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 17, 8192, 8193, 20000})
    void shouldReduceAndSquareAsOneAfterTheOther(int num) { // oracle: the two operations
        Twin a = twins.random(Shape.of(num));
        Twin b = twins.random(Shape.of(num));
        Twin sum = twins.random(Shape.of(num));
        Shape blocks = Shape.of(Backend.numBlocks(num));
        MemorySegment[] parts = {twins.cpu.readable(a.actual()), twins.cpu.readable(b.actual())};
        try (Storage storage = twins.cpu.allocate(2 * Double.BYTES * blocks.numElements())) {
            var squares = new Tensor(storage, 0, blocks, DType.FLOAT64);
            var expected = new Tensor(storage, squares.sizeBytes(), blocks, DType.FLOAT64);
            twins.cpu.reduce(Reduction.SUM, parts, 2, sum.actual());
            twins.cpu.sumOfSquares(sum.actual(), expected);

            twins.cpu.reduceSquares(parts, 2, b.actual(), squares);

            assertThat(twins.cpu.readable(b.actual()).mismatch(twins.cpu.readable(sum.actual())))
                    .isEqualTo(-1);
            assertThat(twins.cpu.readable(squares).mismatch(twins.cpu.readable(expected)))
                    .isEqualTo(-1);
        }
    }

    @Test
    void shouldReduceDoubles() {
        Twin a = twins.sum(0.1);
        Twin b = twins.sum(0.2);
        MemorySegment[] parts = {twins.cpu.readable(a.actual()), twins.cpu.readable(b.actual())};

        twins.cpu.reduce(Reduction.SUM, parts, 2, a.actual());

        assertThat(twins.cpu.read(a.actual(), 0)).isEqualTo(0.1 + 0.2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 5000})
    void shouldSumSquaresInDouble(int num) {
        Twin x = twins.random(Shape.of(num));
        Twin result = twins.sum(3);

        twins.cpu.sumOfSquares(x.actual(), result.actual());
        twins.scalar.sumOfSquares(x.expected(), result.expected());

        // squares of floats are exact in double: 5000 roundings of 2^-53
        result.assertClose("sumOfSquares", 5000 * Math.pow(2, -53));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 8193})
    void shouldStepAdam(int num) {
        Twin w = twins.random(Shape.of(num));
        Twin g = twins.random(Shape.of(num));
        Twin m = twins.random(Shape.of(num));
        Twin v = twins.positive(Shape.of(num));
        AdamStep step = new AdamStep(0.01, 0.9, 0.95, 1e-8, 0.1, 3, 0.5);

        twins.cpu.adam(step, new AdamTensors(w.actual(), g.actual(), m.actual(), v.actual()));
        twins.scalar.adam(step, new AdamTensors(w.expected(), g.expected(), m.expected(), v.expected()));

        m.assertClose("first moment", 4 * ULP);
        v.assertClose("second moment", 4 * ULP);
        // the update is a hundredth of values near 10, the weight is rounded twice
        w.assertClose("weight", 6 * ULP);
    }

    @Test
    void shouldUploadAPartOfAnArray() {
        Twin ids = twins.ints(0, 0, 0);

        twins.cpu.upload(new int[] {5, 6, 7, 8}, 1, ids.actual());

        assertThat(new double[] {
                    twins.cpu.read(ids.actual(), 0), twins.cpu.read(ids.actual(), 1), twins.cpu.read(ids.actual(), 2)
                })
                .containsExactly(6, 7, 8);
    }

    @Test
    void shouldRefuseMemoryThatWasClosed() {
        Storage storage = twins.cpu.allocate(64);
        Tensor x = new Tensor(storage, 0, Shape.of(4), DType.FLOAT32);
        storage.close();

        assertThatThrownBy(() -> twins.cpu.fill(x, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("64 bytes was used after it was closed");
    }

    @Test
    void shouldRefuseAnotherBackendsMemory() {
        Twin x = twins.random(Shape.of(4));

        assertThatThrownBy(() -> twins.cpu.fill(x.expected(), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ScalarStorage");
    }

    @Test
    void shouldAllocateZeroedMemory() {
        long bytes = (8 << 20) + 4;
        try (Storage storage = twins.cpu.allocate(bytes)) {
            Tensor x = new Tensor(storage, 0, Shape.of(bytes / 4), DType.FLOAT32);

            assertThat(storage.sizeBytes()).isEqualTo(bytes);
            assertThat(twins.cpu.readable(x).mismatch(MemorySegment.ofArray(new byte[(int) bytes])))
                    .isEqualTo(-1);
        }
    }
}
