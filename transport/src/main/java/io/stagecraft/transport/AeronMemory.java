package io.stagecraft.transport;

import io.aeron.logbuffer.LogBufferDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Shared memory that a transport takes, in bytes, and whether it is there.
///
/// @param driverBytes files of the media driver itself
/// @param logBytes one log: three terms and their metadata
/// @param numLogs logs of all links
record AeronMemory(long driverBytes, long logBytes, int numLogs) {
    /// Buffers between client and driver, counters, error log and loss report, as [AeronTransport]
    /// sizes them.
    private static final long DRIVER_BYTES = 13L * 1024 * 1024;

    private static final int PAGE_BYTES = 4096;
    private static final double BYTES_A_MIB = 1024.0 * 1024.0;

    /// For `numLinks` links with an end in this JVM. With UDP the receiving end has a log of its
    /// own.
    static AeronMemory of(AeronTransportConfig config, int numLinks) {
        int logsALink = switch (config.channel()) {
            case AeronTransportConfig.Channel.Ipc _ -> 1;
            case AeronTransportConfig.Channel.Udp _ -> 2;
        };
        long logBytes = LogBufferDescriptor.computeLogLength(config.logTermBytes(), PAGE_BYTES);
        return new AeronMemory(DRIVER_BYTES, logBytes, logsALink * numLinks);
    }

    long totalBytes() {
        return driverBytes + logBytes * numLogs;
    }

    /// Throws [IllegalStateException] if the file system of `directory`, made if absent, has less
    /// room than this.
    void requireRoom(Path directory) {
        long usableBytes = usableBytes(directory);
        if (usableBytes < totalBytes()) {
            throw new IllegalStateException(
                    "the transport needs %s of shared memory in %s (%d logs of %s and %s for the driver), but only %s are free; set a smaller transport.term-length-bytes, another transport.directory, or give the container more shared memory (--shm-size)"
                            .formatted(
                                    mib(totalBytes()),
                                    directory,
                                    numLogs,
                                    mib(logBytes),
                                    mib(driverBytes),
                                    mib(usableBytes)));
        }
    }

    @Override
    public String toString() {
        return mib(totalBytes());
    }

    private static long usableBytes(Path directory) {
        try {
            Files.createDirectories(directory);
            return Files.getFileStore(directory).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make or look at %s (transport.directory)".formatted(directory), e);
        }
    }

    private static String mib(long bytes) {
        return "%.1f MiB".formatted(bytes / BYTES_A_MIB);
    }
}
