package io.stagecraft.model.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.stagecraft.model.checkpoint.SafetensorsHeader.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads the JSON of a safetensors file that nobody vouches for. Whatever is not exactly as the
/// format says is a [CheckpointFormatException] with the byte where it was noticed; nothing is
/// allocated by a number in the file.
final class SafetensorsHeaderParser {
    private static final int LENGTH_BYTES = SafetensorsHeader.LENGTH_BYTES;
    /// Digits of the largest long: a longer number is refused unread.
    private static final int MAX_DIGITS = 19;

    private final Path file;
    private final long fileSizeBytes;
    private final SafetensorsLimits limits;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Placed> placed = new ArrayList<>();
    private byte[] header = {};

    /// A tensor with the place the file gives it, in bytes of the data, and where that was read.
    private record Placed(TensorSpec spec, long begin, long end, long readAt) {}

    /// A parser for the header of `file`, which has `fileSizeBytes` bytes.
    SafetensorsHeaderParser(Path file, long fileSizeBytes, SafetensorsLimits limits) {
        this.file = file;
        this.fileSizeBytes = fileSizeBytes;
        this.limits = limits;
    }

    /// Checks the first eight bytes of the file, `length`, before anything of that length is
    /// allocated.
    int checkedLength(long length) {
        long most = Math.min(limits.maxHeaderBytes(), fileSizeBytes - LENGTH_BYTES);
        if (length < 2 || length > most) {
            throw faultAtByte(
                    "header length",
                    0,
                    "the file says " + Long.toUnsignedString(length)
                            + " bytes but a header has at least 2, the limit is "
                            + limits.maxHeaderBytes() + " and the file has " + (fileSizeBytes - LENGTH_BYTES)
                            + " behind the length");
        }
        return (int) length;
    }

    /// The header whose JSON, padding included, is `bytes`.
    SafetensorsHeader parse(byte[] bytes) {
        requireText(bytes);
        header = bytes;
        // without a table of names: its collisions are a way to attack
        var factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .build();
        try (JsonParser json = factory.createParser(bytes)) {
            expect(json, JsonToken.START_OBJECT, "header");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                parseMember(json, json.currentName());
            }
            requireCurrent(json, JsonToken.END_OBJECT, "header");
            if (json.nextToken() instanceof JsonToken more) {
                throw fault("header", at(json), "expected only blanks after the object but found " + more);
            }
        } catch (JsonProcessingException e) {
            throw fault(
                    "header",
                    e.getLocation().getCharOffset(),
                    "not valid JSON: " + CheckpointFormatException.printable(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read from memory", e);
        }
        return tiled(LENGTH_BYTES + (long) bytes.length);
    }

    private void requireText(byte[] bytes) {
        if (bytes[0] != '{') {
            throw faultAtByte("header", LENGTH_BYTES, "expected '{' as its first byte but found " + (bytes[0] & 0xFF));
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        var input = ByteBuffer.wrap(bytes);
        var output = CharBuffer.allocate(8192);
        CoderResult result = CoderResult.OVERFLOW;
        while (result.isOverflow()) {
            output.clear();
            result = decoder.decode(input, output, true);
        }
        if (result.isError()) {
            throw faultAtByte("header", LENGTH_BYTES + input.position(), "expected UTF-8 but this byte is not");
        }
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                throw faultAtByte("header", LENGTH_BYTES + i, "a zero byte is not JSON");
            }
        }
    }

    private void parseMember(JsonParser json, String name) throws IOException {
        if (name.equals(SafetensorsHeader.METADATA_KEY)) {
            expect(json, JsonToken.START_OBJECT, name);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                expect(json, JsonToken.VALUE_STRING, name);
                metadata.put(key, json.getText());
            }
            requireCurrent(json, JsonToken.END_OBJECT, name);
            return;
        }
        if (placed.size() == limits.maxTensors()) {
            throw fault("header", at(json), "more than " + limits.maxTensors() + " tensors");
        }
        placed.add(parseTensor(json, name));
    }

    private Placed parseTensor(JsonParser json, String name) throws IOException {
        String field = CheckpointFormatException.printable(name);
        expect(json, JsonToken.START_OBJECT, field);
        long start = at(json);
        List<ElementType> types = new ArrayList<>(1);
        List<List<Long>> shapes = new ArrayList<>(1);
        List<List<Long>> offsets = new ArrayList<>(1);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            switch (json.currentName()) {
                case "dtype" -> types.add(parseType(json, field + ".dtype"));
                case "shape" -> shapes.add(parseNumbers(json, field + ".shape", TensorSpec.MAX_RANK));
                case "data_offsets" -> offsets.add(parseNumbers(json, field + ".data_offsets", 2));
                default ->
                    throw fault(
                            field,
                            at(json),
                            "unknown key "
                                    + CheckpointFormatException.printable(json.currentName())
                                    + "; a tensor has dtype, shape and data_offsets");
            }
        }
        requireCurrent(json, JsonToken.END_OBJECT, field);
        if (types.isEmpty()
                || shapes.isEmpty()
                || offsets.isEmpty()
                || offsets.getFirst().size() != 2) {
            throw fault(field, start, "a tensor needs dtype, shape and two data_offsets");
        }
        List<Long> place = offsets.getFirst();
        return placed(
                new TensorSpecParts(name, types.getFirst(), shapes.getFirst()), place.get(0), place.get(1), start);
    }

    private record TensorSpecParts(String name, ElementType type, List<Long> extents) {}

    private Placed placed(TensorSpecParts parts, long begin, long end, long start) {
        String field = CheckpointFormatException.printable(parts.name());
        if (begin > end) {
            throw fault(field + ".data_offsets", start, "begin " + begin + " lies behind end " + end);
        }
        TensorSpec spec;
        try {
            spec = new TensorSpec(parts.name(), parts.type(), parts.extents());
        } catch (ArithmeticException e) {
            throw fault(field + ".shape", start, "the bytes of " + parts.extents() + " overflow 64 bits");
        }
        if (spec.sizeBytes() != end - begin) {
            throw fault(
                    field + ".data_offsets",
                    start,
                    "expected the " + spec.sizeBytes() + " bytes of " + parts.type() + parts.extents() + " but " + begin
                            + " to " + end + " are " + (end - begin));
        }
        return new Placed(spec, begin, end, start);
    }

    private ElementType parseType(JsonParser json, String field) throws IOException {
        expect(json, JsonToken.VALUE_STRING, field);
        String name = json.getText();
        return ElementType.named(name)
                .orElseThrow(() -> fault(
                        field,
                        at(json),
                        "expected one of "
                                + List.of(ElementType.values()) + " but found "
                                + CheckpointFormatException.printable(name)));
    }

    private List<Long> parseNumbers(JsonParser json, String field, int most) throws IOException {
        expect(json, JsonToken.START_ARRAY, field);
        var numbers = new ArrayList<Long>(2);
        while (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
            if (numbers.size() == most) {
                throw fault(field, at(json), "more than " + most + " numbers");
            }
            if (json.getTextLength() > MAX_DIGITS || json.getLongValue() < 0) {
                throw fault(
                        field,
                        at(json),
                        "expected numbers from 0 to 2^63 - 1 but found "
                                + CheckpointFormatException.printable(json.getText()));
            }
            numbers.add(json.getLongValue());
        }
        requireCurrent(json, JsonToken.END_ARRAY, field);
        return numbers;
    }

    private SafetensorsHeader tiled(long dataOffset) {
        placed.sort(Comparator.comparingLong(Placed::begin).thenComparingLong(Placed::end));
        long dataBytes = fileSizeBytes - dataOffset;
        long end = 0;
        var entries = new LinkedHashMap<String, Entry>();
        for (Placed tensor : placed) {
            String field = CheckpointFormatException.printable(tensor.spec().name()) + ".data_offsets";
            if (tensor.begin() != end) {
                throw fault(
                        field,
                        tensor.readAt(),
                        "tensors must lie one after another: expected begin " + end + " but found " + tensor.begin());
            }
            end = tensor.end();
            if (end > dataBytes) {
                throw fault(
                        field,
                        tensor.readAt(),
                        "ends at byte " + end + " of the data but the file has only " + dataBytes
                                + " bytes of data: it was cut short");
            }
            entries.put(tensor.spec().name(), new Entry(tensor.spec(), dataOffset + tensor.begin()));
        }
        if (end != dataBytes) {
            throw faultAtByte("data", dataOffset + end, (dataBytes - end) + " bytes belong to no tensor");
        }
        return new SafetensorsHeader(dataOffset, entries, metadata);
    }

    private void expect(JsonParser json, JsonToken expected, String field) throws IOException {
        json.nextToken();
        requireCurrent(json, expected, field);
    }

    private void requireCurrent(JsonParser json, JsonToken expected, String field) {
        if (json.currentToken() != expected) {
            throw fault(field, at(json), "expected " + expected + " but found " + json.currentToken());
        }
    }

    /// Where the current token begins, in characters of the header.
    private static long at(JsonParser json) {
        return json.getTokenLocation().getCharOffset();
    }

    private CheckpointFormatException fault(String field, long atCharacter, String text) {
        int offset = 0;
        for (long i = 0; i < atCharacter && offset < header.length; i++) {
            int lead = header[offset] & 0xFF;
            offset += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
            i += lead < 0xF0 ? 0 : 1; // a character beyond the basic plane counts as two
        }
        return faultAtByte(field, LENGTH_BYTES + (long) offset, text);
    }

    private CheckpointFormatException faultAtByte(String field, long offsetBytes, String text) {
        return new CheckpointFormatException(file, field, offsetBytes, text);
    }
}
