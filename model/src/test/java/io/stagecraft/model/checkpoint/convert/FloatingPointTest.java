package io.stagecraft.model.checkpoint.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.checkpoint.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/// Oracle: the definition of round to nearest, ties to even, by hand.
class FloatingPointTest {
    private static double rounded(float value, ElementType type) {
        MemorySegment from = MemorySegment.ofArray(new byte[4]);
        MemorySegment to = MemorySegment.ofArray(new byte[type.sizeBytes()]);
        from.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, value);
        FloatingPoint.convert(ElementType.F32, from, type, to);
        return type.read(to, 0);
    }

    /// bfloat16 has 8 significant bits: between 1 and 2 its step is 2^-7.
    @Test
    void shouldRoundTiesOfBfloat16ToEven() {
        assertThat(rounded(1 + 0x1p-8F, ElementType.BF16)).isEqualTo(1);
        assertThat(rounded(1 + 3 * 0x1p-8F, ElementType.BF16)).isEqualTo(1 + 2 * 0x1p-7);
        assertThat(rounded(1 + 0x1p-8F + 0x1p-20F, ElementType.BF16)).isEqualTo(1 + 0x1p-7);
    }

    @Test
    void shouldKeepWhatIsNoNumber() {
        assertThat(rounded(Float.NaN, ElementType.BF16)).isNaN();
        assertThat(rounded(Float.intBitsToFloat(0x7F800001), ElementType.BF16)).isNaN();
        assertThat(rounded(Float.NEGATIVE_INFINITY, ElementType.BF16)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    /// binary16 has 11 significant bits: between 1 and 2 its step is 2^-10.
    @Test
    void shouldRoundTiesOfHalfToEven() {
        assertThat(rounded(1 + 0x1p-11F, ElementType.F16)).isEqualTo(1);
        assertThat(rounded(1 + 3 * 0x1p-11F, ElementType.F16)).isEqualTo(1 + 2 * 0x1p-10);
    }
}
