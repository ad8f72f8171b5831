package io.stagecraft.actors.train;

import io.stagecraft.actors.config.CheckpointConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets one run at a time save into a folder: a second one would clear away what the first is writing. The
/// operating system takes the lock back however the process ends.
public final class RunLock implements AutoCloseable {
    /// The file that is locked, in the folder of the checkpoints.
    static final String FILE = "run.lock";

    private static final Logger LOG = LoggerFactory.getLogger(RunLock.class);

    private final List<FileChannel> channels;

    private RunLock(List<FileChannel> channels) {
        this.channels = channels;
    }

    /// Takes the lock of the folder that `config` saves into, and makes the folder; takes none if it does not
    /// save.
    ///
    /// - Errors: [IllegalArgumentException] if another run has it, or the folder cannot be written.
    public static RunLock of(CheckpointConfig config) {
        return switch (config.save()) {
            case OFF -> new RunLock(List.of());
            case ON -> taken(config.directory());
        };
    }

    private static RunLock taken(Path folder) {
        WritableFolder.require("checkpoint.directory", folder);
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (isLocked(channel)) {
                return new RunLock(List.of(channel));
            }
            channel.close();
        } catch (IOException e) {
            LOG.warn("no lock on {}, take care that one run at a time saves there: {}", folder, e.toString());
            return new RunLock(List.of());
        }
        throw new IllegalArgumentException("another run saves into checkpoint.directory = " + folder
                + " now; wait for its end, or choose another run.name");
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock()).map(FileLock::isValid).orElse(false);
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /// Gives the lock back. The file stays: without a lock it means nothing.
    @Override
    public void close() {
        channels.forEach(RunLock::close);
    }

    private static void close(FileChannel open) {
        try {
            open.close();
        } catch (IOException e) {
            LOG.warn("the lock of the run stays until the process ends: {}", e.toString());
        }
    }
}
