package io.stagecraft.transport;

import java.nio.file.Path;
import java.time.Duration;

/// What an [AeronTransport] needs to know.
///
/// @param channel shared memory or UDP
/// @param directory where the folder of the media driver is made: a file system in memory
/// @param termLengthBytes a power of two, used with UDP: a link takes three terms of shared memory
///     at each end, and about half a term can be under way before the sender is held back
/// @param baseStreamId stream id of the link with index 0
/// @param sessionNonce names the run, the same at all ends; drawn anew for each run
/// @param connectTimeout how long a sender finds nobody listening before it fails
public record AeronTransportConfig(
        Channel channel,
        Path directory,
        int termLengthBytes,
        int baseStreamId,
        long sessionNonce,
        Duration connectTimeout) {
    private static final int MIN_TERM_BYTES = 64 * 1024;
    private static final int MAX_TERM_BYTES = 1024 * 1024 * 1024;
    /// The largest Aeron allows: 64 KiB less what UDP and Aeron need, in multiples of 32.
    private static final int LARGEST_MTU_BYTES = 65_504;
    /// Fits Ethernet without fragmentation.
    private static final int NETWORK_MTU_BYTES = 1_408;

    private static final int LOOPBACK_MTU_BYTES = 8_192;
    /// Aeron limits a frame to this part of a term.
    private static final int TERM_PARTS = 8;

    /// What carries the bytes.
    public sealed interface Channel {
        /// Shared memory: all ends are in one JVM.
        record Ipc() implements Channel {}

        /// UDP to `host`, which listens on `port`; port 0 is one that is free at the start, for
        /// ends that are all in one JVM.
        record Udp(String host, int port) implements Channel {
            public Udp {
                if (host.isBlank() || port < 0 || port > 65_535) {
                    throw new IllegalArgumentException(
                            "transport.udp needs a host and a port in [0, 65535] but has '%s' and %d"
                                    .formatted(host, port));
                }
            }
        }
    }

    public AeronTransportConfig {
        boolean powerOfTwo = Integer.bitCount(termLengthBytes) == 1;
        if (!powerOfTwo || termLengthBytes < MIN_TERM_BYTES || termLengthBytes > MAX_TERM_BYTES) {
            throw new IllegalArgumentException(
                    "transport.term-length-bytes must be a power of two in [64 KiB, 1 GiB] but is " + termLengthBytes);
        }
        if (baseStreamId < 1) {
            throw new IllegalArgumentException("transport.base-stream-id must be >= 1 but is " + baseStreamId);
        }
        if (!connectTimeout.isPositive()) {
            throw new IllegalArgumentException("transport.connect-timeout must be > 0 but is " + connectTimeout);
        }
    }

    /// Bytes of a term of a log: with IPC, where a log carries no payload, the least that Aeron
    /// knows.
    public int logTermBytes() {
        return switch (channel) {
            case Channel.Ipc _ -> MIN_TERM_BYTES;
            case Channel.Udp _ -> termLengthBytes;
        };
    }

    /// Largest frame in bytes, Aeron's header included.
    public int mtuBytes() {
        int largest = switch (channel) {
            case Channel.Ipc _ -> LARGEST_MTU_BYTES;
            case Channel.Udp(String host, int _) -> isLoopback(host) ? LOOPBACK_MTU_BYTES : NETWORK_MTU_BYTES;
        };
        return Math.min(largest, logTermBytes() / TERM_PARTS);
    }

    private static boolean isLoopback(String host) {
        return host.startsWith("127.") || host.equals("localhost") || host.equals("::1");
    }
}
