package io.stagecraft.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/// A file of a checkpoint with the sums that tell whether it is still what was written.
///
/// @param file name in the checkpoint's folder
/// @param sizeBytes its size
/// @param sha256 of the whole file, lower-case hexadecimal
/// @param crc32c of each block of [#BLOCK_BYTES], the last one shorter: they say where a file is
///     damaged
public record Shard(String file, long sizeBytes, String sha256, List<Long> crc32c) {
    /// Bytes of a block.
    public static final int BLOCK_BYTES = 1024 * 1024;

    /// What one thread checks before it looks for more: reads of the disk stay long.
    private static final int BLOCKS_AT_ONCE = 32;

    private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public Shard {
        crc32c = List.copyOf(crc32c);
        if (!FILE.matcher(file).matches()) {
            throw new IllegalArgumentException(
                    "the name of a shard is made of letters, digits, '.', '_' and '-' but is "
                            + CheckpointFormatException.printable(file));
        }
        if (!SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("a SHA-256 is 64 hexadecimal digits but that of " + file + " is "
                    + CheckpointFormatException.printable(sha256));
        }
        if (sizeBytes < 0 || crc32c.size() != Math.ceilDiv(sizeBytes, BLOCK_BYTES)) {
            throw new IllegalArgumentException(
                    file + " of " + sizeBytes + " bytes cannot have " + crc32c.size() + " blocks");
        }
    }

    /// Reads `path` once and sums it up. Errors: [UncheckedIOException] naming the path.
    public static Shard of(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MessageDigest sha256 = newSha256();
            var sums = new ArrayList<Long>();
            var block = ByteBuffer.allocateDirect(Math.clamp(channel.size(), 1, BLOCK_BYTES));
            long size = 0;
            while (fill(channel, block, size)) {
                sums.add(crcOf(block));
                size += block.remaining();
                sha256.update(block);
            }
            return new Shard(path.getFileName().toString(), size, hex(sha256.digest()), sums);
        } catch (IOException e) {
            throw cannotRead(path, e);
        }
    }

    private static boolean fill(FileChannel channel, ByteBuffer block, long offset) throws IOException {
        block.clear();
        int num = 0;
        while (num >= 0 && block.hasRemaining()) {
            num = channel.read(block, offset + block.position());
        }
        block.flip();
        return block.hasRemaining();
    }

    /// Checks that the file in `folder` is still what was written, all sums of it.
    ///
    /// - Errors: [CheckpointFormatException] with the file and the first block that differs.
    public void verify(Path folder) {
        Path path = folder.resolve(file);
        MessageDigest digest = newSha256();
        check(path, digest::update);
        String found = hex(digest.digest());
        if (!sha256.equals(found)) {
            throw new CheckpointFormatException(
                    path, "SHA-256", 0, "damaged: " + sha256 + " was written, " + found + " is there");
        }
    }

    /// As [#verify] without SHA-256, which takes most of its time; several parts of the file at
    /// once.
    void check(Path folder) {
        Path path = folder.resolve(file);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            requireSize(path, channel.size());
            IntStream.range(0, Math.ceilDiv(crc32c.size(), BLOCKS_AT_ONCE))
                    .parallel()
                    .mapToObj(part -> firstDamage(channel, path, part * BLOCKS_AT_ONCE))
                    .flatMap(Optional::stream)
                    .findFirst()
                    .ifPresent(damage -> {
                        throw damage;
                    });
        } catch (IOException e) {
            throw cannotRead(path, e);
        }
    }

    /// Looks at [#BLOCKS_AT_ONCE] blocks from `first` on.
    private Optional<CheckpointFormatException> firstDamage(FileChannel channel, Path path, int first) {
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer bytes = arena.allocate(BLOCK_BYTES).asByteBuffer();
            for (int block = first; block < Math.min(crc32c.size(), first + BLOCKS_AT_ONCE); block++) {
                fill(channel, bytes, (long) block * BLOCK_BYTES);
                if (crc32c.get(block) != crcOf(bytes)) {
                    return Optional.of(damage(path, block, crcOf(bytes)));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw cannotRead(path, e);
        }
    }

    /// Compares the blocks, each of which `next` gets too.
    private void check(Path path, Consumer<ByteBuffer> next) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            requireSize(path, channel.size());
            var bytes = ByteBuffer.allocateDirect(BLOCK_BYTES);
            for (int block = 0; block < crc32c.size(); block++) {
                fill(channel, bytes, (long) block * BLOCK_BYTES);
                long found = crcOf(bytes);
                if (crc32c.get(block) != found) {
                    throw damage(path, block, found);
                }
                next.accept(bytes);
            }
        } catch (IOException e) {
            throw cannotRead(path, e);
        }
    }

    private CheckpointFormatException damage(Path path, int block, long found) {
        long offset = (long) block * BLOCK_BYTES;
        return new CheckpointFormatException(
                path,
                "block " + block,
                offset,
                "damaged within the " + Math.min(BLOCK_BYTES, sizeBytes - offset) + " bytes from here: CRC-32C "
                        + Long.toHexString(crc32c.get(block)) + " was written, " + Long.toHexString(found)
                        + " is there");
    }

    private static UncheckedIOException cannotRead(Path path, IOException e) {
        return new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
    }

    private static long crcOf(ByteBuffer bytes) {
        var crc = new CRC32C();
        crc.update(bytes.duplicate());
        return crc.getValue();
    }

    /// Checks only that the file at `path` has as many bytes as were written.
    void requireSize(Path path, long foundBytes) {
        if (foundBytes != sizeBytes) {
            throw new CheckpointFormatException(
                    path,
                    "file size",
                    Math.min(foundBytes, sizeBytes),
                    "expected " + sizeBytes + " bytes but it has " + foundBytes);
        }
    }

    static String sha256(byte[] bytes) {
        return hex(newSha256().digest(bytes));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
