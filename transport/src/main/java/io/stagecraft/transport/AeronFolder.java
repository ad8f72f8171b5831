package io.stagecraft.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The folder of one transport, `stagecraft-<user>-<pid>-<nonce>`, with the media driver's folder
/// in it.
///
/// The owner holds a lock on a file in the folder for as long as it lives; the kernel drops it when
/// the process dies. A folder is stale when no process with its id is old enough to have made
/// it *and* the lock can be had, which also protects owners in other process namespaces that share
/// the file system.
final class AeronFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AeronFolder.class);
    private static final Pattern NAME = Pattern.compile("stagecraft-(.+)-(\\d+)-([0-9a-f]{1,16})");
    private static final String LOCK_FILE = "owner.lock";
    private static final String DRIVER_FOLDER = "media";
    /// Clocks of file system and process table may differ by this much.
    private static final Duration CLOCK_MARGIN = Duration.ofSeconds(10);

    private final Path folder;
    private final FileChannel lockChannel;

    private AeronFolder(Path folder, FileChannel lockChannel) {
        this.folder = folder;
        this.lockChannel = lockChannel;
    }

    /// Makes and locks a folder under `directory`, which exists or is made.
    static AeronFolder create(Path directory, long nonce) {
        ProcessHandle self = ProcessHandle.current();
        String user = self.info().user().orElse("unknown").replaceAll("[^A-Za-z0-9._]", "_");
        Path folder = directory.resolve("stagecraft-%s-%d-%x".formatted(user, self.pid(), nonce));
        try {
            Files.createDirectories(directory);
            Files.createDirectory(folder);
            return new AeronFolder(folder, lock(folder));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make %s (transport.directory)".formatted(folder), e);
        }
    }

    /// Deletes the folders of dead owners under `directory` and returns their names. What belongs
    /// to another user and cannot be read or deleted is left.
    static List<String> sweep(Path directory) {
        var swept = new ArrayList<String>();
        if (!Files.isDirectory(directory)) {
            return swept;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "stagecraft-*")) {
            for (Path entry : entries) {
                Matcher name = NAME.matcher(entry.getFileName().toString());
                if (name.matches() && Files.isDirectory(entry) && deleteIfStale(entry, Long.parseLong(name.group(2)))) {
                    swept.add(entry.getFileName().toString());
                }
            }
        } catch (IOException e) {
            LOG.warn("cannot look for stale folders in {}: {}", directory, e.toString());
        }
        return swept;
    }

    /// Folder for the media driver, which makes it.
    Path driverFolder() {
        return folder.resolve(DRIVER_FOLDER);
    }

    /// Deletes the folder, then drops the lock.
    @Override
    public void close() {
        try (lockChannel) {
            deleteTree(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete %s".formatted(folder), e);
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            channel.lock();
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean deleteIfStale(Path folder, long ownerPid) {
        try {
            if (mayBeAlive(folder, ownerPid) || isLocked(folder)) {
                return false;
            }
            deleteTree(folder);
            return true;
        } catch (IOException e) {
            LOG.warn("cannot sweep the stale folder {}: {}", folder, e.toString());
            return false;
        }
    }

    /// Whether a process with this id lives and is old enough to be the owner. The lock is not
    /// asked for then: if the owner is this JVM, closing a second channel of the file would drop
    /// the owner's lock.
    private static boolean mayBeAlive(Path folder, long ownerPid) throws IOException {
        Optional<ProcessHandle> process = ProcessHandle.of(ownerPid).filter(ProcessHandle::isAlive);
        if (process.isEmpty()) {
            return false;
        }
        Instant made = Files.getLastModifiedTime(lockFileOrFolder(folder)).toInstant();
        Optional<Instant> started = process.get().info().startInstant();
        return started.isEmpty() || !started.get().isAfter(made.plus(CLOCK_MARGIN));
    }

    private static Path lockFileOrFolder(Path folder) {
        Path lockFile = folder.resolve(LOCK_FILE);
        return Files.exists(lockFile) ? lockFile : folder;
    }

    private static boolean isLocked(Path folder) throws IOException {
        Path lockFile = folder.resolve(LOCK_FILE);
        if (!Files.exists(lockFile)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
            return Optional.ofNullable(channel.tryLock())
                    .filter(FileLock::isValid)
                    .isEmpty();
        } catch (OverlappingFileLockException _) {
            return true;
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(folder)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}
