package io.stagecraft.model.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/// The steps of a save that a power cut cannot undo or do by half.
///
/// - Errors: [IOException] as the operating system gives it.
///
/// @param failpoints told of each step
record DurableFiles(Failpoints failpoints) {
    /// A new file of `bytes` that is on the disk; its name is not until its folder is synchronized.
    void write(Path file, byte[] bytes, Failpoint written, Failpoint synced) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            var rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            failpoints.reached(written);
            channel.force(true);
            failpoints.reached(synced);
        }
    }

    /// `file` has either its old content or `bytes`, whatever happens: a temporary file beside it,
    /// fsync, rename, fsync of the folder.
    void replacePointer(Path file, byte[] bytes) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        write(temporary, bytes, Failpoint.POINTER_WRITTEN, Failpoint.POINTER_SYNCED);
        rename(temporary, file, Failpoint.POINTER_RENAMED, Failpoint.POINTER_LASTS);
    }

    /// Renames within one folder and makes it last.
    void rename(Path from, Path to, Failpoint renamed, Failpoint synced) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        failpoints.reached(renamed);
        syncFolder(to.toAbsolutePath().getParent(), synced);
    }

    /// Makes the names in `folder` last.
    void syncFolder(Path folder, Failpoint synced) throws IOException {
        sync(folder);
        failpoints.reached(synced);
    }

    /// Waits until a file's bytes, or the names in a folder, are on the disk.
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Deletes `folder` with all that is in it, if it is there. Links are deleted, not followed.
    static void deleteRecursively(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
