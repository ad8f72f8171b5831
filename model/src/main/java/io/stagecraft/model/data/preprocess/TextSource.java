package io.stagecraft.model.data.preprocess;

import io.stagecraft.model.text.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// Pieces of a file that is one document, cut where no token can lie across: behind a line feed
/// between two printable characters of ASCII. There GPT-2's cutting of text and BERT's end a piece
/// of their own.
final class TextSource implements Batch.Source {
    private static final int PIECE_BYTES = 1 << 19;

    private final Path file;
    private final InputStream stream;
    private final int maxBytes;
    private byte[] buffer = new byte[2 * PIECE_BYTES];
    private int size;
    private long offset;
    private boolean done;

    private TextSource(Path file, InputStream stream, int maxBytes) {
        this.file = file;
        this.stream = stream;
        this.maxBytes = maxBytes;
    }

    static TextSource open(Path file, PreprocessSettings settings) throws IOException {
        return new TextSource(
                file, Files.newInputStream(file), settings.limits().maxLineBytes());
    }

    @Override
    public Optional<Batch> next() throws IOException {
        if (done) {
            return Optional.empty();
        }
        boolean more = read(PIECE_BYTES);
        int cut = cut();
        while (more && cut == 0) {
            if (size >= maxBytes) {
                throw new PreprocessException("the text " + file + " has no place to be cut at in bytes [" + offset
                        + ", " + (offset + size) + "): no line feed between two printable characters of ASCII;"
                        + " give --input-format lines, or a larger --max-line-bytes");
            }
            more = read(2 * size);
            cut = cut();
        }
        done = !more;
        int end = done ? size : cut;
        Batch piece = new Piece(
                file, offset, Arrays.copyOf(buffer, end), done ? Encoded.Part.LAST : Encoded.Part.MORE_FOLLOWS);
        System.arraycopy(buffer, end, buffer, 0, size - end);
        size -= end;
        offset += end;
        return Optional.of(piece);
    }

    /// Reads until the buffer has `atLeast` bytes; whether there may be more behind.
    private boolean read(int atLeast) throws IOException {
        if (buffer.length < atLeast) {
            buffer = Arrays.copyOf(buffer, atLeast);
        }
        int read = stream.readNBytes(buffer, size, Math.max(0, atLeast - size));
        size += read;
        return size >= atLeast;
    }

    /// Where the last piece that is whole ends; 0 if nowhere.
    private int cut() {
        for (int at = size - 1; at > 1; at--) {
            if (buffer[at - 1] == '\n' && isPrintable(buffer[at]) && isPrintable(buffer[at - 2])) {
                return at;
            }
        }
        return 0;
    }

    private static boolean isPrintable(byte b) {
        return b > ' ' && b < 0x7F;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }

    /// A piece.
    private record Piece(Path file, long offset, byte[] bytes, Encoded.Part part) implements Batch {
        @Override
        public long numBytes() {
            return bytes.length;
        }

        @Override
        public Encoded encode(Tokenizer tokenizer) {
            var input = ByteBuffer.wrap(bytes);
            try {
                String text = StandardCharsets.UTF_8.newDecoder().decode(input).toString();
                boolean marked = offset == 0 && text.startsWith("\ufeff");
                return new Encoded.Piece(tokenizer.encode(marked ? text.substring(1) : text), part);
            } catch (CharacterCodingException e) {
                throw new PreprocessException("the text " + file + " is not UTF-8: byte " + (offset + input.position())
                        + " begins no character; nothing was written");
            }
        }
    }
}
