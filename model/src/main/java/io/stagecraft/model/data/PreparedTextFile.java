package io.stagecraft.model.data;

import io.stagecraft.model.text.CharacterTokenizer;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/// The file of a [PreparedText]: a mark, documents, characters, the bytes of the source's name, of
/// the alphabet and of the words, and the number of tokens, eight bytes each; those three texts in
/// UTF-8; the tokens, two bytes each; the CRC-32 of all that in eight. Big-endian. It is written
/// under another name and moved, so that a reader finds all of it or nothing.
///
/// @param path of the file
record PreparedTextFile(Path path) {
    private static final long MARK = 0x5374616765547874L; // "StageTxt"
    private static final int HEADER_BYTES = 7 * Long.BYTES;
    private static final int CHUNK_TOKENS = 1 << 15;
    /// Three times the built-in text.
    private static final long MOST_BYTES = 1 << 26;

    /// What is in the file; empty if there is none.
    Optional<PreparedText> read() throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new StreamCorruptedException("it is no file"); // a pipe would be waited for
        }
        try (var checked = new CheckedInputStream(
                        new BufferedInputStream(Files.newInputStream(path), 2 * CHUNK_TOKENS), new CRC32());
                var in = new DataInputStream(checked)) {
            return Optional.of(read(in, checked, Files.size(path)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (EOFException _) {
            throw new StreamCorruptedException("it was cut short");
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /// Whether there is a file at `path` that begins as these files do.
    static boolean isMarked(Path path) throws IOException {
        try (var in = new DataInputStream(Files.newInputStream(path))) {
            return in.readLong() == MARK;
        } catch (EOFException | NoSuchFileException _) {
            return false;
        }
    }

    private static PreparedText read(DataInputStream in, CheckedInputStream checked, long size) throws IOException {
        require("mark", MARK, in.readLong());
        if (size > MOST_BYTES) {
            throw new StreamCorruptedException("the size must be at most " + MOST_BYTES + " but is " + size);
        }
        long numDocuments = length(in, size);
        long numCharacters = length(in, size);
        long nameBytes = length(in, size);
        long alphabetBytes = length(in, size);
        long wordBytes = length(in, size);
        long numTokens = length(in, size);
        require("size", HEADER_BYTES + nameBytes + alphabetBytes + wordBytes + 2 * numTokens + Long.BYTES, size);
        String source = text(in, nameBytes);
        CharacterTokenizer tokenizer = CharacterTokenizer.ofAlphabet(text(in, alphabetBytes));
        String words = text(in, wordBytes);
        TokenStream tokens = TokenStream.ofTwoBytes(tokens(in, (int) numTokens, tokenizer.vocabSize()));
        long checksum = checked.getChecksum().getValue();
        require("CRC-32", in.readLong(), checksum);
        return new PreparedText(tokenizer, new EncodedText(source, numDocuments, numCharacters, tokens), words);
    }

    /// No more than the file has is allocated.
    private static long length(DataInputStream in, long size) throws IOException {
        long length = in.readLong();
        if (length < 0 || length > size) {
            throw new StreamCorruptedException("a length must be in [0, " + size + "] but is " + length);
        }
        return length;
    }

    private static void require(String what, long expected, long found) throws IOException {
        if (expected != found) {
            throw new StreamCorruptedException("the " + what + " must be " + expected + " but is " + found);
        }
    }

    private static String text(DataInputStream in, long numBytes) throws IOException {
        byte[] bytes = new byte[(int) numBytes];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static short[] tokens(DataInputStream in, int num, int vocabSize) throws IOException {
        short[] tokens = new short[num];
        byte[] chunk = new byte[2 * CHUNK_TOKENS];
        int largest = 0;
        for (int i = 0; i < num; i += CHUNK_TOKENS) {
            int some = Math.min(CHUNK_TOKENS, num - i);
            in.readFully(chunk, 0, 2 * some);
            ByteBuffer.wrap(chunk).asShortBuffer().get(tokens, i, some);
            for (int k = i; k < i + some; k++) {
                largest = Math.max(largest, tokens[k] & 0xFFFF);
            }
        }
        if (largest >= vocabSize) {
            throw new StreamCorruptedException("a token must be in [0, " + vocabSize + ") but is " + largest);
        }
        return tokens;
    }

    /// Writes `prepared`, whose tokens fit two bytes, and makes the folder if it is absent.
    void write(PreparedText prepared) throws IOException {
        Files.createDirectories(path.getParent());
        Path part = Files.createTempFile(path.getParent(), path.getFileName().toString(), ".part");
        try {
            try (var checked = new CheckedOutputStream(
                            new BufferedOutputStream(Files.newOutputStream(part), 2 * CHUNK_TOKENS), new CRC32());
                    var out = new DataOutputStream(checked)) {
                write(prepared, out);
                out.writeLong(checked.getChecksum().getValue());
            }
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void write(PreparedText prepared, DataOutputStream out) throws IOException {
        EncodedText text = prepared.text();
        byte[] source = text.source().getBytes(StandardCharsets.UTF_8);
        byte[] alphabet = prepared.tokenizer().alphabet().getBytes(StandardCharsets.UTF_8);
        byte[] words = prepared.words().getBytes(StandardCharsets.UTF_8);
        out.writeLong(MARK);
        out.writeLong(text.numDocuments());
        out.writeLong(text.numCharacters());
        out.writeLong(source.length);
        out.writeLong(alphabet.length);
        out.writeLong(words.length);
        out.writeLong(text.tokens().numTokens());
        out.write(source);
        out.write(alphabet);
        out.write(words);
        var chunk = ByteBuffer.allocate(2 * CHUNK_TOKENS);
        int[] some = new int[CHUNK_TOKENS];
        for (long from = 0; from < text.tokens().numTokens(); from += CHUNK_TOKENS) {
            int num = (int) Math.min(CHUNK_TOKENS, text.tokens().numTokens() - from);
            text.tokens().copy(from, num, some, 0);
            for (int i = 0; i < num; i++) {
                chunk.putShort(2 * i, (short) some[i]);
            }
            out.write(chunk.array(), 0, 2 * num);
        }
    }
}
