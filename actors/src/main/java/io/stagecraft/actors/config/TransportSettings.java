package io.stagecraft.actors.config;

import java.nio.file.Path;

/// How activations travel between stages.
///
/// @param channel medium
/// @param directory where Aeron's driver keeps its files, best in memory
/// @param termLengthBytes of each log buffer, a power of two; a stream takes three
/// @param baseStreamId first Aeron stream id
/// @param udpPort port of the UDP channel on loopback
public record TransportSettings(Channel channel, Path directory, int termLengthBytes, int baseStreamId, int udpPort) {
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
