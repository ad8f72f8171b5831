package io.stagecraft.model.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Reads one's own text: a file, or every `*.txt` file of a folder in the order of their names. A
/// file is a document.
///
/// Files are UTF-8, strictly; a byte-order mark is dropped, `\r\n` and `\r` become `\n`, line ends
/// at the end of a file are dropped.
public final class TextCorpus {
    private static final String ENDING = ".txt";

    private TextCorpus() {}

    /// The text at `path`.
    ///
    /// - Errors: [CorpusException] with file and size or byte if it is missing, empty, not UTF-8 or
    ///   beyond 2 GiB.
    public static Corpus read(Path path) {
        if (!Files.exists(path)) {
            throw new CorpusException("cannot read the text " + path + ": there is no such file or folder");
        }
        if (!Files.isDirectory(path)) {
            return new Corpus(path.toString(), List.of(document(path)));
        }
        List<Path> files = files(path);
        if (files.isEmpty()) {
            throw new CorpusException("the folder " + path + " has no file that ends in " + ENDING
                    + "; give a folder with such files or one file of any name");
        }
        var documents = new ArrayList<String>(files.size());
        for (Path file : files) {
            documents.add(document(file));
        }
        return new Corpus(path + " (" + files.size() + " files)", documents);
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> path.getFileName().toString().endsWith(ENDING) && Files.isRegularFile(path))
                    .sorted(Comparator.comparing(path -> path.getFileName().toString()))
                    .toList();
        } catch (IOException e) {
            throw new CorpusException("cannot list the folder " + folder + ": " + e, e);
        }
    }

    private static String document(Path file) {
        byte[] bytes = bytes(file);
        String text = decode(file, bytes);
        text = text.startsWith("\ufeff") ? text.substring(1) : text;
        text = text.indexOf('\r') < 0 ? text : text.replace("\r\n", "\n").replace('\r', '\n');
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '\n') {
            end--;
        }
        text = text.substring(0, end);
        if (text.isBlank()) {
            throw new CorpusException(
                    "the text " + file + " is empty: it has " + bytes.length + " bytes and no character but blanks");
        }
        return text;
    }

    private static byte[] bytes(Path file) {
        try {
            long size = Files.size(file);
            if (size > Integer.MAX_VALUE - 8) {
                throw new CorpusException("the text " + file + " has " + size
                        + " bytes but one file may have 2147483639; split it into files of one folder");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new CorpusException("cannot read the text " + file + ": " + e, e);
        }
    }

    private static String decode(Path file, byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        var input = ByteBuffer.wrap(bytes);
        var piece = CharBuffer.allocate(1 << 16);
        var text = new StringBuilder(bytes.length);
        CoderResult result = CoderResult.OVERFLOW;
        while (result.isOverflow()) {
            piece.clear();
            result = decoder.decode(input, piece, true);
            text.append(piece.flip());
        }
        if (result.isError()) {
            throw new CorpusException("the text " + file + " is not UTF-8: byte " + input.position() + " (0x"
                    + Integer.toHexString(bytes[input.position()] & 0xFF)
                    + ") begins no character; convert the file to UTF-8");
        }
        return text.toString();
    }
}
