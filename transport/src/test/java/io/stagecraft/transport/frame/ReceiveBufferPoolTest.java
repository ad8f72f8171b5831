package io.stagecraft.transport.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.transport.Buffers;
import io.stagecraft.transport.ReceiveBuffer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReceiveBufferPoolTest {
    private final AtomicInteger releases = new AtomicInteger();
    private final ReceiveBufferPool pool = new ReceiveBufferPool(Buffers.of(100, 2), releases::incrementAndGet);

    @Test
    void shouldLeaseEveryBufferOnceUntilItIsReleased() {
        ReceiveBuffer first = pool.acquire(0, 0, 100);
        pool.acquire(0, 1, 100);
        assertThat(pool.hasFree()).isFalse();
        first.release();
        assertThat(pool.hasFree()).isTrue();
        assertThat(releases).hasValue(1);
    }

    @Test
    void shouldRefuseALeaseWhenNoneIsFree() {
        pool.acquire(0, 0, 1);
        pool.acquire(0, 1, 1);
        assertThatThrownBy(() -> pool.acquire(0, 2, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldRefuseAMessageLongerThanABuffer() {
        assertThatThrownBy(() -> pool.acquire(5, 6, 101))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has 100 bytes but the message of step 5, microbatch 6 has 101");
    }

    @Test
    void shouldShowExactlyTheMessage() {
        assertThat(pool.acquire(0, 0, 33).payload().byteSize()).isEqualTo(33);
    }

    @Test
    void shouldTellWhichBufferALeaseIs() {
        assertThat(pool.acquire(0, 0, 1).place()).isEqualTo(0);
        assertThat(pool.acquire(0, 1, 1).place()).isEqualTo(1);
    }

    @Test
    void shouldRefuseBuffersOfDifferentSizes() {
        List<MemorySegment> buffers =
                List.of(Buffers.of(100, 1).getFirst(), Buffers.of(99, 1).getFirst());
        assertThatThrownBy(() -> new ReceiveBufferPool(buffers, () -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of one size");
    }

    @Test
    void shouldRefuseASecondRelease() {
        ReceiveBuffer lease = pool.acquire(8, 9, 1);
        lease.release();
        assertThatThrownBy(lease::release)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("step 8, microbatch 9 was released twice");
    }

    @Test
    void shouldRefuseReadingAfterRelease() {
        ReceiveBuffer lease = pool.acquire(8, 9, 1);
        lease.release();
        assertThatThrownBy(lease::payload)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("read after its release");
    }
}
