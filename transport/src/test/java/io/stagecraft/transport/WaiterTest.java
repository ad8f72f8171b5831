package io.stagecraft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class WaiterTest {
    @ParameterizedTest
    @CsvSource({"1, 2, SPIN_THEN_PARK", "2, 2, SPIN_THEN_PARK", "3, 2, PARK", "4, 2, PARK"})
    void shouldSpinOnlyWhereEveryThreadHasACore(int numThreads, int numCores, WaitStyle expected) {
        assertThat(WaitStyle.of(numThreads, numCores)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(WaitStyle.class)
    void shouldHandOverWithoutWaitingForTheBackstop(WaitStyle style) {
        // Without wake-ups each of 80000 turns would wait for the backstop of 1 ms: 80 s, beyond the
        // time limit.
        int handOvers = 40_000;
        var signal = new AbortSignal();
        var turn = new AtomicInteger();
        var left = new Waiter(signal, style);
        var right = new Waiter(signal, style);
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < handOvers; i++) {
                int odd = 2 * i + 1;
                right.await(() -> turn.get() == odd);
                turn.set(odd + 1);
                left.wake();
            }
        });
        for (int i = 0; i < handOvers; i++) {
            int even = 2 * i;
            left.await(() -> turn.get() == even);
            turn.set(even + 1);
            right.wake();
        }
        left.await(() -> turn.get() == 2 * handOvers);
        assertThat(other).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void shouldGiveUpARetryAfterItsTimeout() {
        var waiter = new Waiter(new AbortSignal(), WaitStyle.PARK);
        assertThat(waiter.retry(() -> false, Duration.ofMillis(5))).isFalse();
    }

    @Test
    void shouldNotAskAConditionAgainThatHeld() {
        // The condition may be an attempt to send, which must not be made twice.
        var asked = new AtomicInteger();
        var waiter = new Waiter(new AbortSignal(), WaitStyle.PARK);
        waiter.retry(() -> asked.incrementAndGet() == 4);
        assertThat(asked).hasValue(4);
    }

    @ParameterizedTest
    @EnumSource(WaitStyle.class)
    void shouldEndAWaitOnAbort(WaitStyle style) {
        var signal = new AbortSignal();
        var waiter = new Waiter(signal, style);
        var asked = new AtomicLong();
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> waiter.await(() -> {
            asked.incrementAndGet();
            return false;
        }));
        assertThat(new Waiter(new AbortSignal(), style).retry(() -> asked.get() > 2, Duration.ofSeconds(20)))
                .isTrue();
        signal.abort("rank 3 failed");
        assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseInstanceOf(AbortedException.class)
                .hasRootCauseMessage("rank 3 failed");
    }

    @Test
    void shouldLetTheFirstReasonOfAnAbortWin() {
        var signal = new AbortSignal();
        signal.abort("first");
        signal.abort("second");
        assertThatThrownBy(signal::check).isInstanceOf(AbortedException.class).hasMessage("first");
    }
}
