package io.stagecraft.model.data.preprocess;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.stagecraft.model.data.preprocess.PreprocessSettings.BadLines;
import io.stagecraft.model.data.preprocess.PreprocessSettings.Level;
import io.stagecraft.model.text.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Lines that are documents: objects with a text or a list of texts at each key, or plain text.
///
/// A text that gives no token is no item, a document without items is none.
///
/// - Source: Megatron-LM's `tools/preprocess_data.py`.
final class LineBatch implements Batch {
    private static final char BYTE_ORDER_MARK = '\ufeff';
    private static final String REPLACEMENT = "\ufffd";

    private final Path file;
    private final List<LineSource.Line> lines;
    private final long numBytes;
    private final PreprocessSettings settings;
    private final JsonFactory json = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // as Python's parser
            .build();

    LineBatch(Path file, List<LineSource.Line> lines, long numBytes, PreprocessSettings settings) {
        this.file = file;
        this.lines = List.copyOf(lines);
        this.numBytes = numBytes;
        this.settings = settings;
    }

    /// A line holds no document.
    private static final class Fault extends Exception {
        private static final long serialVersionUID = 1;

        Fault(String message) {
            super(message);
        }
    }

    @Override
    public long numBytes() {
        return numBytes;
    }

    @Override
    public Encoded encode(Tokenizer tokenizer) {
        List<KeyTokens> keys = Stream.generate(KeyTokens::new)
                .limit(settings.jsonKeys().size())
                .toList();
        var bad = new ArrayList<BadLine>();
        for (LineSource.Line line : lines) {
            try {
                List<List<String>> texts = texts(line);
                for (int key = 0; key < texts.size(); key++) {
                    document(tokenizer, texts.get(key), keys.get(key));
                }
            } catch (Fault e) {
                var fault = new BadLine(file, line.number(), String.valueOf(e.getMessage()));
                if (settings.documents().badLines() == BadLines.STOP) {
                    throw new PreprocessException(fault.describe() + "; nothing was written");
                }
                bad.add(fault);
            }
        }
        return new Encoded.Documents(keys, bad);
    }

    private void document(Tokenizer tokenizer, List<String> texts, KeyTokens into) {
        boolean any = false;
        for (String text : texts) {
            int[] ids = tokenizer.encode(text);
            if (ids.length > 0) {
                into.item(ids);
                any = true;
            }
        }
        if (any) {
            if (settings.documents().appendEndOfDocument()) {
                into.append(tokenizer.endOfDocument());
            }
            into.endDocument();
        }
    }

    /// The texts at each key; none for a blank line.
    private List<List<String>> texts(LineSource.Line line) throws Fault {
        if (line.isTooLong()) {
            throw new Fault("the line has " + line.numBytes() + " bytes but at most "
                    + settings.limits().maxLineBytes() + " are read (--max-line-bytes)");
        }
        String text = utf8(line);
        if (text.isBlank()) {
            return List.of();
        }
        if (settings.format() == InputFormat.JSON_LINES) {
            boolean marked = line.number() == 1 && text.charAt(0) == BYTE_ORDER_MARK;
            return object(marked ? text.substring(1) : text);
        }
        return List.of(List.of(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text));
    }

    private static String utf8(LineSource.Line line) throws Fault {
        var text = new String(line.bytes(), StandardCharsets.UTF_8);
        if (text.contains(REPLACEMENT)) {
            // The character may stand there or stand for bytes that are none.
            var input = ByteBuffer.wrap(line.bytes());
            try {
                StandardCharsets.UTF_8.newDecoder().decode(input);
            } catch (CharacterCodingException e) {
                throw new Fault("it is not UTF-8: byte " + (input.position() + 1) + " of the line begins no character");
            }
        }
        return text;
    }

    private List<List<String>> object(String line) throws Fault {
        List<String> keys = settings.jsonKeys();
        var texts = new ArrayList<List<String>>();
        keys.forEach(_ -> texts.add(List.of()));
        boolean[] present = new boolean[keys.size()];
        try (JsonParser parser = json.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Fault("it is no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                int key = keys.indexOf(parser.currentName());
                parser.nextToken();
                if (key < 0) {
                    parser.skipChildren();
                } else {
                    texts.set(key, value(parser, keys.get(key)));
                    present[key] = true;
                }
            }
            if (parser.nextToken() instanceof JsonToken) {
                throw new Fault("there is more behind the JSON object");
            }
        } catch (JsonProcessingException e) {
            throw new Fault("it is no JSON: " + e.getOriginalMessage() + " (column "
                    + e.getLocation().getColumnNr() + ")");
        } catch (IOException e) {
            throw new Fault("it is no JSON: " + e.getMessage());
        }
        for (int key = 0; key < present.length; key++) {
            if (!present[key]) {
                throw new Fault("it has no key \"" + keys.get(key) + "\" (--json-keys)");
            }
        }
        return texts;
    }

    private List<String> value(JsonParser parser, String key) throws IOException, Fault {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            if (settings.documents().level() == Level.SENTENCE) {
                throw new Fault("\"" + key + "\" is a text; sentences are not split here, give a list of them");
            }
            return List.of(text(parser, key));
        }
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new Fault("\"" + key + "\" must be a text or a list of texts");
        }
        var texts = new ArrayList<String>();
        while (parser.nextToken() == JsonToken.VALUE_STRING) {
            texts.add(text(parser, key));
        }
        if (parser.currentToken() != JsonToken.END_ARRAY) {
            throw new Fault("\"" + key + "\" must be a list of texts but holds something else");
        }
        return texts;
    }

    private static String text(JsonParser parser, String key) throws IOException, Fault {
        String text = parser.getText();
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair =
                        Character.isSurrogatePair(text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : ' ');
                if (!pair) {
                    throw new Fault("\"" + key + "\" has half a surrogate pair, which is no character");
                }
                i++;
            }
        }
        return text;
    }
}
