package io.stagecraft.transport.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.AbortedException;
import io.stagecraft.transport.WaitStyle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class LocalExchangeTest {
    private static final int NUM_INTS = 64;

    /// One rank's program in a test.
    private interface Program {
        void run(Exchange exchange) throws Exception;
    }

    @ParameterizedTest
    @CsvSource({"1, PARK", "2, SPIN_THEN_PARK", "2, PARK", "3, PARK", "4, PARK", "4, SPIN_THEN_PARK"})
    void shouldShowEveryRankWhatItsPeersWroteInThisRound(int size, WaitStyle style) throws Exception {
        try (Arena arena = Arena.ofShared()) {
            onEveryRank(LocalExchange.group(size, new AbortSignal(), style), exchange -> {
                MemorySegment mine = arena.allocate(ValueLayout.JAVA_INT, NUM_INTS);
                var views = views(size);
                for (int round = 0; round < 3000; round++) {
                    fill(mine, value(exchange.rank(), round));
                    exchange.share(mine, new long[size], ends(size), views);
                    for (int peer = 0; peer < size; peer++) {
                        // Oracle: the closed form of what the peer wrote, at both ends of its segment.
                        assertThat(views[peer].getAtIndex(ValueLayout.JAVA_INT, 0))
                                .isEqualTo(value(peer, round));
                        assertThat(views[peer].getAtIndex(ValueLayout.JAVA_INT, NUM_INTS - 1))
                                .isEqualTo(value(peer, round));
                    }
                    exchange.release();
                }
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"2", "3", "4"})
    void shouldHoldEveryRankAtABarrierUntilAllAreThere(int size) throws Exception {
        int rounds = 5000;
        // Plain cells: only the barrier orders them.
        int[] arrived = new int[size * 32];
        onEveryRank(LocalExchange.group(size, new AbortSignal(), WaitStyle.PARK), exchange -> {
            for (int round = 1; round <= rounds; round++) {
                arrived[exchange.rank() * 32] = round;
                exchange.barrier();
                for (int peer = 0; peer < size; peer++) {
                    assertThat(arrived[peer * 32]).isGreaterThanOrEqualTo(round);
                }
                exchange.barrier();
            }
        });
    }

    @Test
    void shouldLetARankOverwriteItsSegmentOnlyAfterThePeersHaveReleasedIt() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            var reader = new CompletableFuture<Void>();
            onEveryRank(LocalExchange.group(2, new AbortSignal(), WaitStyle.PARK), exchange -> {
                MemorySegment mine = arena.allocate(ValueLayout.JAVA_INT, NUM_INTS);
                fill(mine, 1);
                var views = views(2);
                exchange.share(mine, new long[2], ends(2), views);
                if (exchange.rank() == 0) {
                    exchange.release();
                    assertThat(reader).isDone();
                } else {
                    reader.complete(null);
                    exchange.release();
                }
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"SPIN_THEN_PARK", "PARK"})
    void shouldEndEveryWaitWithTheReasonOfTheAbort(WaitStyle style) {
        var signal = new AbortSignal();
        // Rank 2 never comes.
        var waiting = start(LocalExchange.group(3, signal, style).subList(0, 2), Exchange::barrier);
        signal.abort("rank 2 failed in step 7");
        for (CompletableFuture<Void> rank : waiting) {
            assertThatThrownBy(() -> rank.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseInstanceOf(AbortedException.class)
                    .hasRootCauseMessage("rank 2 failed in step 7");
        }
    }

    @Test
    void shouldRefuseEveryCallAfterAnAbort() {
        var signal = new AbortSignal();
        Exchange alone = LocalExchange.group(1, signal, WaitStyle.PARK).getFirst();
        signal.abort("over");
        assertThatThrownBy(alone::barrier).isInstanceOf(AbortedException.class).hasMessage("over");
    }

    @Test
    void shouldEndAWaitWhenItsThreadIsInterrupted() {
        Exchange waiting =
                LocalExchange.group(2, new AbortSignal(), WaitStyle.PARK).getFirst();
        Thread.currentThread().interrupt();
        assertThatThrownBy(waiting::barrier)
                .isInstanceOf(AbortedException.class)
                .hasMessageContaining("was interrupted while it waited");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void shouldRefuseARangeOutsideWhatThePeerOffered() {
        Exchange alone =
                LocalExchange.group(1, new AbortSignal(), WaitStyle.PARK).getFirst();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mine = arena.allocate(8);
            assertThatThrownBy(() -> alone.share(mine, new long[1], new long[] {9}, views(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("rank 0 wants bytes [0, 9) of rank 0, which offered 8 bytes");
        }
    }

    @Test
    void shouldRefuseARoundWithinARound() {
        Exchange alone =
                LocalExchange.group(1, new AbortSignal(), WaitStyle.PARK).getFirst();
        MemorySegment mine = MemorySegment.NULL;
        alone.share(mine, new long[1], new long[1], views(1));
        assertThatThrownBy(() -> alone.share(mine, new long[1], new long[1], views(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("call release first");
    }

    @Test
    void shouldAllocateNothingInSteadyState() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            onEveryRank(LocalExchange.group(2, new AbortSignal(), WaitStyle.SPIN_THEN_PARK), exchange -> {
                MemorySegment mine = arena.allocate(ValueLayout.JAVA_INT, NUM_INTS);
                var views = views(2);
                long[] from = new long[2];
                long[] to = ends(2);
                long before = 0;
                for (int round = 0; round < 4000; round++) {
                    if (round == 2000) {
                        before = threads.getCurrentThreadAllocatedBytes();
                    }
                    exchange.share(mine, from, to, views);
                    exchange.release();
                }
                // Less than one byte a round: what is left is the measurement itself and late
                // compilation.
                assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2000);
            });
        }
    }

    private static int value(int rank, int round) {
        return 1000 * round + rank;
    }

    private static void fill(MemorySegment segment, int value) {
        for (int i = 0; i < NUM_INTS; i++) {
            segment.setAtIndex(ValueLayout.JAVA_INT, i, value);
        }
    }

    private static MemorySegment[] views(int size) {
        var views = new MemorySegment[size];
        Arrays.fill(views, MemorySegment.NULL);
        return views;
    }

    private static long[] ends(int size) {
        long[] ends = new long[size];
        Arrays.fill(ends, (long) NUM_INTS * Integer.BYTES);
        return ends;
    }

    private static void onEveryRank(List<Exchange> group, Program program) throws Exception {
        for (CompletableFuture<Void> rank : start(group, program)) {
            rank.get(50, TimeUnit.SECONDS);
        }
    }

    private static List<CompletableFuture<Void>> start(List<Exchange> group, Program program) {
        var running = new ArrayList<CompletableFuture<Void>>();
        for (Exchange exchange : group) {
            var done = new CompletableFuture<Void>();
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    program.run(exchange);
                    done.complete(null);
                } catch (Throwable failure) {
                    done.completeExceptionally(failure);
                }
            });
            running.add(done);
        }
        return running;
    }
}
