package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.CachedAttentionSpec;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Attention over a cache. Oracle: attention over whole sequences, on the scalar backend.
class CpuCachedAttentionTest {
    /// As for attention over whole sequences: scores are sums of 33 products below 4.
    private static final double TOLERANCE = 1e-4;

    private final Twins twins = new Twins();

    @AfterEach
    void close() {
        twins.close();
    }

    /// Sequences in pieces: `first` positions, then `second`, then one.
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1, 1", "2, 7, 3, 3, 5", "1, 64, 1, 2, 64", "2, 65, 2, 2, 17", "1, 3, 130, 1, 33"})
    void shouldGiveInPiecesWhatTheWholeGives(int sequences, int first, int second, int heads, int size) {
        int all = first + second + 1;
        int channels = heads * size;
        Twin qkv = twins.random(Shape.of((long) sequences * all, 3L * channels));
        Twin out = twins.zeros(Shape.of((long) sequences * all, channels));
        whole(sequences, all, heads, size, qkv, out);
        Twin cache = twins.random(Shape.of(2L * sequences * channels * (all + 3)));
        int from = 0;
        for (int num : new int[] {first, second, 1}) {
            var spec = new CachedAttentionSpec(sequences, num, from, all + 3, heads, size, 1 / Math.sqrt(size));
            Twin piece = pieceOf(qkv, sequences, all, from, num);
            Twin mixed = twins.random(Shape.of((long) sequences * num, channels));
            twins.cpu.cachedAttention(spec, piece.actual(), cache.actual(), mixed.actual());
            twins.scalar.cachedAttention(spec, piece.expected(), cache.expected(), mixed.expected());
            mixed.assertClose("positions from " + from, TOLERANCE);
            for (long row = 0; row < (long) sequences * num; row++) {
                long wholeRow = row / num * all + from + row % num;
                for (long c = 0; c < channels; c++) {
                    // the scalar backend does the same arithmetic in the same order
                    assertThat(twins.scalar.read(mixed.expected(), row * channels + c))
                            .isEqualTo(twins.scalar.read(out.expected(), wholeRow * channels + c));
                }
            }
            from += num;
        }
        cache.assertClose("cache", 0);
    }

    private void whole(int sequences, int positions, int heads, int size, Twin qkv, Twin out) {
        var spec = new AttentionSpec(sequences, positions, heads, size, 0, 1 / Math.sqrt(size), Dropout.none());
        Twin saved = twins.zeros(twins.scalar.attentionSavedShape(spec));
        twins.scalar.attention(spec, qkv.expected(), saved.expected(), out.expected());
    }

    private Twin pieceOf(Twin qkv, int sequences, int positions, int from, int num) {
        long columns = qkv.expected().shape().last();
        Tensor source = qkv.expected();
        return twins.of(Shape.of((long) sequences * num, columns), i -> {
            long row = i / columns;
            long wholeRow = row / num * positions + from + row % num;
            return twins.scalar.read(source, wholeRow * columns + i % columns);
        });
    }

    /// What generation relies on: a sequence's numbers do not depend on how many others there are.
    @ParameterizedTest
    @CsvSource({"2, 19", "4, 64", "5, 33", "9, 100", "16, 7"})
    void shouldGiveARowTheSameBitsAloneAndAmongFew(int rows, int inner) {
        Twin x = twins.random(Shape.of(rows, inner));
        Twin weight = twins.random(Shape.of(23, inner));
        Twin together = twins.zeros(Shape.of(rows, 23));
        Twin alone = twins.zeros(Shape.of(1, 23));
        twins.cpu.matmul(Matmul.transposeB(), x.actual(), weight.actual(), together.actual(), Epilogue.NONE);
        for (int row = 0; row < rows; row++) {
            Tensor one = x.actual().rows(row, 1);
            twins.cpu.matmul(Matmul.transposeB(), one, weight.actual(), alone.actual(), Epilogue.NONE);
            for (int c = 0; c < 23; c++) {
                assertThat(twins.cpu.read(alone.actual(), c))
                        .isEqualTo(twins.cpu.read(together.actual(), row * 23L + c));
            }
        }
    }

    @Test
    void shouldRefuseMorePositionsThanTheCacheHas() {
        assertThatThrownBy(() -> new CachedAttentionSpec(1, 3, 6, 8, 1, 4, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("positions [6, 9) must be some and lie in [0, 8)");
    }
}
