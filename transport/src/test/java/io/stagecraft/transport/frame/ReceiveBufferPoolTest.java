package io.stagecraft.transport.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.transport.ReceiveBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReceiveBufferPoolTest {
    private final AtomicInteger releases = new AtomicInteger();
    private final ReceiveBufferPool pool = new ReceiveBufferPool(100, 2, releases::incrementAndGet);

    @AfterEach
    void freePool() {
        pool.close();
    }

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
    void shouldAlignBuffersToCacheLines() {
        assertThat(pool.acquire(0, 0, 1).payload().address() % 64).isZero();
        assertThat(pool.acquire(0, 1, 1).payload().address() % 64).isZero();
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
