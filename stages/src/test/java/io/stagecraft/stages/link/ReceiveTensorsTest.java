package io.stagecraft.stages.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.tensor.DType;
import org.junit.jupiter.api.Test;

class ReceiveTensorsTest {
    private static final long MOST_ELEMENTS = 200; // several blocks of 16 for each of up to 5 ranks

    @Test
    void shouldHaveRoomForEveryShorterActivationAroundItsSlice() {
        for (int size = 1; size <= 5; size++) {
            for (int rank = 0; rank < size; rank++) {
                for (long most = 1; most <= MOST_ELEMENTS; most++) {
                    var extent = new ReceiveTensors.Extent(most, DType.FLOAT32, rank, size);
                    for (long n = 1; n <= most; n++) {
                        assertThat(extent.beginBytes(n)).isNotNegative();
                        assertThat(extent.beginBytes(n) + n * Float.BYTES).isLessThanOrEqualTo(extent.bufferBytes());
                    }
                }
            }
        }
    }

    @Test
    void shouldBeginActivationsOfWholeBlocksAtCacheLines() {
        var extent = new ReceiveTensors.Extent(1000, DType.FLOAT32, 1, 2);
        for (long n = 32; n <= 1000; n += 16) {
            assertThat(extent.beginBytes(n) % 64).isZero();
        }
    }
}
