package io.stagecraft.stages.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SliceBordersTest {
    @Test
    void shouldCoverEveryElementOnceWithBordersOnCacheLines() {
        for (int size = 1; size <= 5; size++) {
            for (long n = 0; n <= 400; n++) {
                assertThat(SliceBorders.from(n, 0, size)).isZero();
                assertThat(SliceBorders.from(n, size, size)).isEqualTo(n);
                for (int rank = 0; rank < size; rank++) {
                    assertThat(SliceBorders.length(n, rank, size)).isBetween(0L, SliceBorders.longest(n, size));
                    boolean inside = rank > 0 && n >= 16L * size;
                    assertThat(inside ? SliceBorders.from(n, rank, size) % 16 : 0)
                            .isZero();
                }
            }
        }
    }

    @Test
    void shouldSpreadTheRemainderOverTheFirstRanks() {
        // 7 blocks of 16 over 3 ranks: 3, 2, 2 blocks, of which the last is short
        assertThat(SliceBorders.length(110, 0, 3)).isEqualTo(48);
        assertThat(SliceBorders.length(110, 1, 3)).isEqualTo(32);
        assertThat(SliceBorders.length(110, 2, 3)).isEqualTo(30);
    }
}
