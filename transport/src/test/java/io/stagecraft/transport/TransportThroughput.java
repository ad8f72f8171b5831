package io.stagecraft.transport;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// Measures round trips and one-way throughput of each transport: `main(directory, term length in
/// KiB)`.
///
/// Two threads on two cores, as ranks of two stages: one sends and waits for the answer. Prints the
/// median of the round trips in µs and GB/s one way, and CPU seconds a second of an idle transport.
final class TransportThroughput {
    private static final int NUM_ROUNDS = 400;
    private static final int NUM_WARM_UP = 200;

    private TransportThroughput() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        int termBytes = Integer.parseInt(args[1]) * 1024;
        for (AeronTransportConfig.Channel channel :
                List.of(new AeronTransportConfig.Channel.Ipc(), new AeronTransportConfig.Channel.Udp("127.0.0.1", 0))) {
            var config = new AeronTransportConfig(
                    channel, directory, termBytes, 1, System.nanoTime(), Duration.ofSeconds(10));
            for (int size : new int[] {4 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024}) {
                try (Transport transport = AeronTransport.start(config, 2, Throwable::printStackTrace)) {
                    measure(channel + " term " + args[1] + " KiB", transport, size);
                }
            }
            try (Transport transport = AeronTransport.start(config, 2, Throwable::printStackTrace)) {
                idle(channel, transport);
            }
        }
        for (int size : new int[] {4 * 1024, 1024 * 1024}) {
            try (Transport transport = new LoopbackTransport()) {
                measure("loopback", transport, size);
            }
        }
    }

    private static void measure(String name, Transport transport, int size) throws Exception {
        var signal = new AbortSignal();
        var there = new LinkId(0, "there");
        var back = new LinkId(1, "back");
        var ping = new Waiter(signal, WaitStyle.SPIN_THEN_PARK);
        var pong = new Waiter(signal, WaitStyle.SPIN_THEN_PARK);
        LinkReceiver atPong = transport.openReceiver(there, Buffers.of(size, 4), pong::wake);
        LinkReceiver atPing = transport.openReceiver(back, Buffers.of(size, 4), ping::wake);
        LinkSender toPong = transport.openSender(there, size);
        LinkSender toPing = transport.openSender(back, size);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment payload = arena.allocate(size, 64);
            MemorySegment answer = arena.allocate(size, 64);
            Thread echo = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < NUM_ROUNDS + NUM_WARM_UP; i++) {
                    pong.await(atPong::hasArrival);
                    atPong.take().release();
                    send(pong, toPing, i, answer);
                }
                for (int i = 0; i < NUM_ROUNDS; i++) {
                    pong.await(atPong::hasArrival);
                    atPong.take().release();
                }
            });
            long[] nanos = new long[NUM_ROUNDS];
            for (int i = -NUM_WARM_UP; i < NUM_ROUNDS; i++) {
                long start = System.nanoTime();
                send(ping, toPong, i, payload);
                ping.await(atPing::hasArrival);
                atPing.take().release();
                nanos[Math.max(i, 0)] = System.nanoTime() - start;
            }
            Arrays.sort(nanos);
            long start = System.nanoTime();
            for (int i = 0; i < NUM_ROUNDS; i++) {
                send(ping, toPong, i, payload);
            }
            echo.join();
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(
                    "%-70s %8d bytes: round trip %7.1f us (90 %%: %7.1f), one way %5.2f GB/s%n",
                    name,
                    size,
                    nanos[NUM_ROUNDS / 2] / 1e3,
                    nanos[NUM_ROUNDS * 9 / 10] / 1e3,
                    (double) size * NUM_ROUNDS / seconds / 1e9);
        }
    }

    private static void send(Waiter waiter, LinkSender sender, long step, MemorySegment payload) {
        if (sender.send(step, 0, payload) != SendResult.SENT) {
            waiter.retry(() -> sender.resume() == SendResult.SENT);
        }
    }

    private static void idle(AeronTransportConfig.Channel channel, Transport transport) throws Exception {
        transport.openReceiver(new LinkId(0, "idle"), Buffers.of(1000, 4), () -> {});
        var threads = ManagementFactory.getThreadMXBean();
        Thread.sleep(500);
        long cpu = ownCpuNanos(threads);
        long start = System.nanoTime();
        Thread.sleep(2000);
        double share = (double) (ownCpuNanos(threads) - cpu) / (System.nanoTime() - start);
        System.out.printf("%s idle: %.4f of a core%n", channel, share);
    }

    private static long ownCpuNanos(ThreadMXBean threads) {
        long nanos = 0;
        for (long id : threads.getAllThreadIds()) {
            if (threads.getThreadInfo(id).getThreadName().startsWith("stagecraft-")) {
                nanos += threads.getThreadCpuTime(id);
            }
        }
        return nanos;
    }
}
