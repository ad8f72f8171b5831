package io.stagecraft.model.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A file that is written from start to end under a temporary name, little-endian, through a
/// buffer.
///
/// - Errors: [UncheckedIOException] naming the file.
final class AppendedFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Path path;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long numBytes;

    private AppendedFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /// An empty file at `path`, locked against other writers until it is closed.
    static AppendedFile create(Path path) {
        FileChannel channel;
        try {
            channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            throw cannot("create", path, new IOException("there is no folder for it, or it takes no files", e));
        } catch (AccessDeniedException e) {
            throw cannot("create", path, new IOException("there is no permission to write it", e));
        } catch (IOException e) {
            throw cannot("create", path, e);
        }
        try {
            lock(channel, path);
            channel.truncate(0);
            return new AppendedFile(path, channel);
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw cannot("create", path, e);
        }
    }

    private static void lock(FileChannel channel, Path path) throws IOException {
        try {
            if (channel.tryLock() instanceof FileLock) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            throw new IOException("another writer of this program has it open", e);
        }
        throw new IOException("another process has it open; is the same data set being written twice?");
    }

    private static void closeQuietly(FileChannel channel, IOException cause) {
        try {
            channel.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static UncheckedIOException cannot(String what, Path path, IOException e) {
        return new UncheckedIOException("cannot " + what + " the file " + path + ": " + e.getMessage(), e);
    }

    long numBytes() {
        return numBytes;
    }

    /// A buffer with room for `bytes`, at most 8; what is put into it is written.
    ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            flush();
        }
        numBytes += bytes;
        return buffer;
    }

    void putInt(int value) {
        room(Integer.BYTES).putInt(value);
    }

    void putLong(long value) {
        room(Long.BYTES).putLong(value);
    }

    private void flush() {
        try {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
        } catch (IOException e) {
            throw cannot("write", path, e);
        }
    }

    /// Reads what was written so far, in order, `bytesEach` at a time, which divides its length.
    void replay(int bytesEach, Reader reader) {
        flush();
        var piece = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try {
            long at = 0;
            while (at < numBytes) {
                piece.clear().limit((int) Math.min(BUFFER_BYTES, numBytes - at));
                while (piece.hasRemaining() && channel.read(piece, at + piece.position()) >= 0) {
                    continue;
                }
                at += piece.position();
                piece.flip();
                while (piece.remaining() >= bytesEach) {
                    reader.next(piece);
                }
            }
        } catch (IOException e) {
            throw cannot("read back", path, e);
        }
    }

    /// Takes one value out of a buffer.
    interface Reader {
        void next(ByteBuffer from);
    }

    /// Makes what was written last, then gives it the name `target`, replacing what was there.
    void commit(Path target) {
        flush();
        try {
            channel.force(true);
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel folder = FileChannel.open(target.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
        } catch (IOException e) {
            throw cannot("complete", target, e);
        }
    }

    /// Ends writing and deletes the file if it still has its temporary name.
    @Override
    public void close() {
        try {
            Files.deleteIfExists(path);
            channel.close();
        } catch (IOException e) {
            throw cannot("remove", path, e);
        }
    }
}
