package io.stagecraft.actors.train;

import io.stagecraft.actors.config.CheckpointConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets one run at a time save into a folder: a second one would clear away what the first is
/// writing. The operating system takes the lock back however the process ends.
public final class RunLock implements AutoCloseable {
    /// The file that is locked, in the folder of the checkpoints.
    static final String FILE = "run.lock";

    private static final Logger LOG = LoggerFactory.getLogger(RunLock.class);

    private final List<Held> held;

    private RunLock(List<Held> held) {
        this.held = held;
    }

    /// A lock that was taken.
    ///
    /// @param channel whose file is locked
    /// @param made what was made for it, the last one first
    private record Held(FileChannel channel, List<Path> made) {}

    /// Takes the lock of the folder that `config` saves into, and makes the folder; takes none if
    /// it does not save.
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
        Path file = folder.resolve(FILE);
        List<Path> made = missing(file);
        try {
            Files.createDirectories(folder);
            if (!Files.exists(file)) {
                Files.write(file, new byte[0]);
            }
            Object before = identity(file);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            // another run that ended in between may have taken the file away
            if (isLocked(channel) && Files.exists(file) && identity(file).equals(before)) {
                return new RunLock(List.of(new Held(channel, made)));
            }
            channel.close();
        } catch (IOException e) {
            LOG.warn("no lock on {}, take care that one run at a time saves there: {}", folder, e.toString());
            return new RunLock(List.of());
        }
        throw new IllegalArgumentException("another run saves into checkpoint.directory = " + folder
                + " now; wait for its end, or choose another run.name");
    }

    /// `file` and the folders above it that are not there, each before those that contain it.
    private static List<Path> missing(Path file) {
        var missing = new ArrayList<Path>();
        Path path = file.toAbsolutePath().normalize();
        while (!Files.exists(path)) {
            missing.add(path);
            path = path.getParent();
        }
        return List.copyOf(missing);
    }

    private static Object identity(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock()).map(FileLock::isValid).orElse(false);
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /// Gives the lock back. The file stays, for without a lock it means nothing; but a run that
    /// left nothing beside it, as one that was refused, takes away what was made for the lock.
    @Override
    public void close() {
        held.forEach(RunLock::close);
    }

    private static void close(Held held) {
        try (FileChannel _ = held.channel()) {
            for (Path path : held.made()) {
                if (isAlone(path)) {
                    Files.delete(path);
                }
            }
        } catch (IOException e) {
            LOG.warn("what was made for the lock of the run stays: {}", e.toString());
        }
    }

    /// Whether nothing but `path` is in its folder, or nothing in it.
    private static boolean isAlone(Path path) throws IOException {
        Path folder = Files.isDirectory(path) ? path : path.getParent();
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.allMatch(path::equals);
        }
    }
}
