package io.stagecraft.model.random;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxTest {
    /// Oracle: the known-answer vectors of Random123 for philox4x32-10, words in ascending order.
    @ParameterizedTest
    @CsvSource({
        "00000000 00000000, 00000000 00000000 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "ffffffff ffffffff, ffffffff ffffffff ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
        "a4093822 299f31d0, 243f6a88 85a308d3 13198a2e 03707344, d16cfe09 94fdcceb 5001e420 24126ea1"
    })
    void shouldGiveTheKnownAnswers(String key, String counter, String expected) {
        String[] k = key.split(" ");
        String[] c = counter.split(" ");
        String[] e = expected.split(" ");
        long low = join(c[0], c[1]);
        long high = join(c[2], c[3]);
        assertThat(Philox.words01(join(k[0], k[1]), low, high)).isEqualTo(join(e[0], e[1]));
        assertThat(Philox.words23(join(k[0], k[1]), low, high)).isEqualTo(join(e[2], e[3]));
    }

    private static long join(String low, String high) {
        return Long.parseLong(low, 16) | Long.parseLong(high, 16) << 32;
    }

    @Test
    void shouldGiveDifferentKeysToDifferentSites() {
        assertThat(Philox.key(1, "layer.1.attention")).isNotEqualTo(Philox.key(1, "layer.2.attention"));
    }

    @Test
    void shouldGiveDifferentKeysToDifferentSeeds() {
        assertThat(Philox.key(1, "layer.1.attention")).isNotEqualTo(Philox.key(2, "layer.1.attention"));
    }
}
