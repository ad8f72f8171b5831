package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FeistelPermutationTest {
    @Test
    void shouldTakeEveryElementOnceForAnySize() {
        var random = new Random(3);
        for (int size = 1; size <= 130; size++) {
            requireBijection(new FeistelPermutation(size, random.nextLong()), random.nextInt(1000));
        }
        for (int i = 0; i < 10; i++) {
            requireBijection(new FeistelPermutation(1 + random.nextInt(20_000), random.nextLong()), i);
        }
    }

    private static void requireBijection(FeistelPermutation permutation, long order) {
        var seen = new BitSet();
        for (long i = 0; i < permutation.size(); i++) {
            long element = permutation.at(order, i);
            assertThat(element).isBetween(0L, permutation.size() - 1);
            seen.set((int) element);
        }
        assertThat(seen.cardinality()).as("elements taken of " + permutation).isEqualTo((int) permutation.size());
    }

    @Test
    void shouldHaveADifferentOrderForEachNumberAndKey() {
        var permutation = new FeistelPermutation(1000, 1);
        int sameAsNextOrder = 0;
        int sameAsOtherKey = 0;
        for (long i = 0; i < 1000; i++) {
            sameAsNextOrder += permutation.at(0, i) == permutation.at(1, i) ? 1 : 0;
            sameAsOtherKey += permutation.at(0, i) == new FeistelPermutation(1000, 2).at(0, i) ? 1 : 0;
        }
        // agreements of two random orders are Poisson with mean 1: more than 10 has probability 1e-8
        assertThat(sameAsNextOrder).isLessThanOrEqualTo(10);
        assertThat(sameAsOtherKey).isLessThanOrEqualTo(10);
    }

    @Test
    void shouldPutEachElementAnywhereEquallyOften() {
        // 8 elements, 8000 orders: each of the 64 cells has mean 1000, standard deviation 30; 6 of them is 180
        int[][] counts = new int[8][8];
        var permutation = new FeistelPermutation(8, 99);
        for (int order = 0; order < 8000; order++) {
            for (int i = 0; i < 8; i++) {
                counts[i][(int) permutation.at(order, i)]++;
            }
        }
        for (int[] row : counts) {
            for (int count : row) {
                assertThat(count).isBetween(820, 1180);
            }
        }
    }

    @Test
    void shouldHandleSizesBeyondAnInt() {
        var permutation = new FeistelPermutation(1L << 40, 7);
        assertThat(permutation.at(3, (1L << 40) - 1)).isBetween(0L, (1L << 40) - 1);
    }

    @Test
    void shouldRefuseAnIndexOutside() {
        assertThatThrownBy(() -> new FeistelPermutation(5, 1).at(0, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[0, 5) but is 5");
    }
}
