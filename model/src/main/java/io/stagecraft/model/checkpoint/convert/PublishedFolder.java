package io.stagecraft.model.checkpoint.convert;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A folder that gets its name when everything in it is on the disk; closed before that, it never
/// was.
///
/// - Errors: [UncheckedIOException] naming the path.
/// - Thread: one.
final class PublishedFolder implements AutoCloseable {
    private static final String TEMPORARY = ".converting";
    private static final String REPLACED = ".replaced";

    private final Path target;
    private final Path temporary;

    private PublishedFolder(Path target, Path temporary) {
        this.target = target;
        this.temporary = temporary;
    }

    /// An empty folder beside `target`. What an earlier attempt left is deleted.
    static PublishedFolder begin(Path target) {
        Path absolute = target.toAbsolutePath().normalize();
        Path temporary = absolute.resolveSibling(absolute.getFileName() + TEMPORARY);
        try {
            delete(temporary);
            Files.createDirectories(temporary);
            return new PublishedFolder(absolute, temporary);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + temporary + ": " + e, e);
        }
    }

    /// Where to write.
    Path temporary() {
        return temporary;
    }

    /// Waits until all of it is on the disk and gives it its name; what had the name is removed.
    void publish() {
        Path replaced = target.resolveSibling(target.getFileName() + REPLACED);
        try (Stream<Path> all = Files.walk(temporary)) {
            for (Path path : all.toList()) {
                sync(path);
            }
            delete(replaced);
            if (Files.exists(target)) {
                Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            sync(target.getParent());
            delete(replaced);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot put " + target + " into place: " + e, e);
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Links are deleted, not followed.
    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        }
    }

    @Override
    public void close() {
        try {
            delete(temporary);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + temporary + ": " + e, e);
        }
    }
}
