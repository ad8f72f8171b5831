package io.stagecraft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A message over Aeron's IPC allocates views and records, no arrays.
@Timeout(60)
class LinkAllocationTest {
    private static final int MESSAGE_BYTES = 1 << 20;
    /// Headers, progress and views of a message on both ends; an array of it would take 1 MiB.
    private static final long MOST_BYTES = 2 * 1024;

    private static final int MESSAGES = 10;
    /// The compiler works in the background: what is asked is that the threads get there.
    private static final int ROUNDS = 50;

    @TempDir
    Path folder;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void shouldAllocateNoArraysForAMessage() {
        var signal = new AbortSignal();
        var config = new AeronTransportConfig(
                new AeronTransportConfig.Channel.Ipc(), folder, 1 << 20, 1, 7, Duration.ofSeconds(20));
        var link = new LinkId(0, "from this test to itself");
        try (var transport = AeronTransport.start(config, 1, failure -> signal.abort(failure.toString()));
                Arena arena = Arena.ofShared()) {
            var waiter = new Waiter(signal, WaitStyle.PARK);
            LinkReceiver receiver = transport.openReceiver(link, Buffers.of(MESSAGE_BYTES, 2), waiter::wake);
            LinkSender sender = transport.openSender(link, MESSAGE_BYTES);
            MemorySegment payload = arena.allocate(MESSAGE_BYTES, 64);
            long[] both = {Thread.currentThread().threadId(), pollThread()};
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > MOST_BYTES; round++) {
                long before = allocated(both);
                for (int i = 0; i < MESSAGES; i++) {
                    if (sender.send(round, i, payload) != SendResult.SENT) {
                        waiter.retry(() -> sender.resume() == SendResult.SENT);
                    }
                    waiter.await(receiver::hasArrival);
                    receiver.take().release();
                }
                least = Math.min(least, (allocated(both) - before) / MESSAGES);
            }
            assertThat(least).as("bytes a message on both threads").isLessThanOrEqualTo(MOST_BYTES);
        }
    }

    private long allocated(long[] ids) {
        return Arrays.stream(threads.getThreadAllocatedBytes(ids)).sum();
    }

    private static long pollThread() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("stagecraft-poll"))
                .findAny()
                .orElseThrow()
                .threadId();
    }
}
