package io.stagecraft.actors.config;

import java.nio.file.Path;

/// How activations travel between stages.
///
/// @param channel medium
/// @param directory where Aeron's driver keeps its files, best in memory
/// @param termLengthBytes of each log buffer of UDP, a power of two; a stream takes three at each
///     end
/// @param baseStreamId first Aeron stream id
/// @param udpPort port of the UDP channel on loopback
public record TransportSettings(Channel channel, Path directory, int termLengthBytes, int baseStreamId, int udpPort) {
    public TransportSettings {
        Range.AT_LEAST_ONE.require("transport.term-length-bytes", termLengthBytes);
        if (Integer.bitCount(termLengthBytes) != 1) {
            throw new IllegalArgumentException(
                    "transport.term-length-bytes must be a power of two but is " + termLengthBytes);
        }
        Range.AT_LEAST_ONE.require("transport.base-stream-id", baseStreamId);
        Range.PORT.require("transport.udp-port", udpPort);
    }

    /// Media of the data plane.
    public enum Channel {
        /// Aeron over shared memory.
        IPC,
        /// Aeron over UDP on the loopback interface.
        UDP,
        /// Copies inside one JVM, without Aeron; for tests.
        LOOPBACK
    }
}
