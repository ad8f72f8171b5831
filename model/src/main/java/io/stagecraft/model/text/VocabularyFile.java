package io.stagecraft.model.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A file of a tokenizer in memory, with the limits that all of them have.
///
/// @param path for messages
/// @param bytes all of it
record VocabularyFile(Path path, byte[] bytes) {
    static final int MAX_TOKENS = 1_000_000;
    static final int MAX_TOKEN_CHARACTERS = 4096;
    private static final long MAX_BYTES = 64L << 20;

    /// One line without its end.
    ///
    /// @param number from 1 on
    /// @param offsetBytes where it begins
    record Line(int number, long offsetBytes, String text) {}

    /// Reads all of `path`.
    ///
    /// - Errors: [VocabularyException] beyond 64 MiB; [UncheckedIOException] naming the file.
    static VocabularyFile read(Path path) {
        try {
            long size = Files.size(path);
            if (size > MAX_BYTES) {
                throw new VocabularyException(
                        path, "file length", MAX_BYTES, "expected at most " + MAX_BYTES + " bytes but has " + size);
            }
            return new VocabularyFile(path, Files.readAllBytes(path));
        } catch (IOException e) {
            String why = Files.exists(path) ? e.toString() : "there is no such file";
            throw new UncheckedIOException("cannot read the vocabulary file " + path + ": " + why, e);
        }
    }

    /// All lines; what is behind the last line feed is a line if it is not empty.
    ///
    /// - Errors: [VocabularyException] for a line that is no UTF-8 or too long, or for too many.
    List<Line> lines() {
        var lines = new ArrayList<Line>();
        int start = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length ? start < i : bytes[i] == '\n') {
                lines.add(line(lines.size() + 1, start, i));
                start = i + 1;
            }
        }
        return lines;
    }

    private Line line(int number, int from, int to) {
        String field = "line " + number;
        if (number > MAX_TOKENS + 1) {
            throw new VocabularyException(path, field, from, "expected at most " + MAX_TOKENS + " lines");
        }
        int end = to > from && bytes[to - 1] == '\r' ? to - 1 : to;
        if (end - from > 2 * MAX_TOKEN_CHARACTERS) {
            throw new VocabularyException(path, field, from, "is " + (end - from) + " bytes long");
        }
        try {
            ByteBuffer piece = ByteBuffer.wrap(bytes, from, end - from);
            return new Line(
                    number,
                    from,
                    StandardCharsets.UTF_8.newDecoder().decode(piece).toString());
        } catch (CharacterCodingException e) {
            throw new VocabularyException(path, field, from, "is not UTF-8: " + e.getMessage());
        }
    }

    /// What is done with a parser of the file.
    interface JsonUse<T> {
        T apply(JsonParser parser) throws IOException;
    }

    /// Reads the file as JSON, token by token.
    ///
    /// - Errors: [VocabularyException] with the place if it is no JSON or a key is there twice.
    <T> T json(JsonUse<T> use) {
        // A hostile file must not fill the names that parsers share.
        JsonFactory factory = JsonFactory.builder()
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .build();
        try (JsonParser parser = factory.createParser(bytes)) {
            return use.apply(parser);
        } catch (JsonProcessingException e) {
            throw new VocabularyException(
                    path, "JSON", Math.max(0, e.getLocation().getByteOffset()), e.getOriginalMessage());
        } catch (IOException e) {
            throw new VocabularyException(path, "JSON", 0, "cannot be read: " + e.getMessage());
        }
    }

    VocabularyException fault(JsonParser parser, String field, String fault) {
        // There is no token any more once all of the file was read.
        long token = parser.getTokenLocation().getByteOffset();
        long offset = token < 0 ? bytes.length : token;
        return new VocabularyException(path, field, offset, fault);
    }

    /// Moves on and requires `expected`.
    void next(JsonParser parser, JsonToken expected, String field) throws IOException {
        JsonToken found = parser.nextToken();
        if (found != expected) {
            throw fault(parser, field, "expected " + expected + " but found " + found);
        }
    }

    /// The current value as an id.
    int id(JsonParser parser, String field) throws IOException {
        // The length is looked at first: the value of a long number takes quadratic time.
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || parser.getTextLength() > 7) {
            throw fault(parser, field, "expected an id in [0, " + MAX_TOKENS + ")");
        }
        int id = parser.getIntValue();
        if (id < 0 || id >= MAX_TOKENS) {
            throw fault(parser, field, "expected an id in [0, " + MAX_TOKENS + ") but is " + id);
        }
        return id;
    }

    /// The current value or name as a token's text.
    String token(JsonParser parser, String field) throws IOException {
        if (parser.getTextLength() > MAX_TOKEN_CHARACTERS) {
            throw fault(
                    parser,
                    field,
                    "expected at most " + MAX_TOKEN_CHARACTERS + " characters but has " + parser.getTextLength());
        }
        return parser.getText();
    }
}
