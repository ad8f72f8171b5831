package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Oracle: numbers that NumPy 2.4's `RandomState` gives for the same calls.
class NumpyRandomTest {
    @Test
    void shouldDrawTheWordsOfNumpy() {
        var random = new NumpyRandom(1234);

        assertThat(LongStream.range(0, 5).map(_ -> random.nextWord()))
                .containsExactly(822569775L, 2137449171L, 2671936806L, 3512589365L, 1880026316L);
    }

    @Test
    void shouldDrawTheWordsOfNumpyAfterTheFirstState() {
        var random = new NumpyRandom(4294967295L);
        LongStream.range(0, 1300).forEach(_ -> random.nextWord());

        assertThat(LongStream.range(0, 3).map(_ -> random.nextWord()))
                .containsExactly(2429485148L, 2064687002L, 1134524123L);
    }

    @Test
    void shouldShuffleAsNumpy() {
        try (Arena arena = Arena.ofConfined()) {
            NpyArray array = NpyArray.allocate(NpyShape.of(NpyType.INT32, 10), arena);
            IntStream.range(0, 10).forEach(i -> array.set(i, i));

            array.shuffle(new NumpyRandom(1234), 0, 10);

            assertThat(LongStream.range(0, 10).map(array::get)).containsExactly(7L, 2L, 9L, 1L, 0L, 8L, 4L, 5L, 6L, 3L);
        }
    }

    @Test
    void shouldDrawTwoWordsForABoundOfMoreThan32Bits() {
        var random = new NumpyRandom(1234);

        assertThat(random.atMost((1L << 40) - 1)).isEqualTo((822569775L << 32 | 2137449171L) & (1L << 40) - 1);
    }

    @Test
    void shouldRefuseASeedThatNumpyRefuses() {
        assertThatThrownBy(() -> new NumpyRandom(1L << 32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4294967296");
    }
}
