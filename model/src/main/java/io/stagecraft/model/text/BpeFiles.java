package io.stagecraft.model.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads `vocab.json` with `merges.txt`, which are also called `encoder.json` and `vocab.bpe`.
///
/// - Errors: [VocabularyException] with file, field and byte.
/// - Source: GPT-2's `encoder.py`; Megatron-LM's `gpt2_tokenization.py`.
final class BpeFiles {
    private final VocabularyFile file;
    private final Map<String, Integer> ids = new HashMap<>();

    private BpeFiles(VocabularyFile file) {
        this.file = file;
    }

    static GptBpeTokenizer read(Path vocabulary, Path merges) {
        VocabularyFile file = VocabularyFile.read(vocabulary);
        List<String> tokens = file.json(parser -> {
            file.next(parser, JsonToken.START_OBJECT, "vocabulary");
            return tokens(file, parser);
        });
        MergeTable table = mergeLines(VocabularyFile.read(merges), GptBpeTokenizer.ids(tokens));
        return tokenizer(file, tokens, table);
    }

    static GptBpeTokenizer tokenizer(VocabularyFile file, List<String> tokens, MergeTable table) {
        try {
            return GptBpeTokenizer.of(tokens, table);
        } catch (IllegalArgumentException e) {
            throw new VocabularyException(file.path(), "vocabulary", 0, String.valueOf(e.getMessage()));
        }
    }

    /// The tokens by id of the object whose start was just read.
    static List<String> tokens(VocabularyFile file, JsonParser parser) throws IOException {
        var reader = new BpeFiles(file);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String token = file.token(parser, "a token");
            parser.nextToken();
            reader.add(parser, token, file.id(parser, "id of \"" + token + "\""));
        }
        return reader.byId(parser);
    }

    private void add(JsonParser parser, String token, int id) {
        if (ids.putIfAbsent(token, id) instanceof Integer) {
            throw file.fault(parser, "token \"" + token + "\"", "is there twice");
        }
        if (ids.size() > VocabularyFile.MAX_TOKENS) {
            throw file.fault(parser, "vocabulary", "has more than " + VocabularyFile.MAX_TOKENS + " tokens");
        }
    }

    private List<String> byId(JsonParser parser) {
        String[] tokens = new String[ids.size()];
        ids.forEach((token, id) -> {
            if (id >= tokens.length) {
                throw file.fault(
                        parser,
                        "token \"" + token + "\"",
                        "has id " + id + " but there are " + tokens.length + " tokens and ids may leave no gap");
            }
            if (tokens[id] instanceof String other) {
                throw file.fault(parser, "id " + id, "belongs to both \"" + other + "\" and \"" + token + "\"");
            }
            tokens[id] = token;
        });
        return List.of(tokens);
    }

    private static MergeTable mergeLines(VocabularyFile file, Map<String, Integer> ids) {
        List<VocabularyFile.Line> lines = file.lines();
        boolean headed = !lines.isEmpty() && lines.getFirst().text().startsWith("#");
        if (!headed) {
            throw new VocabularyException(
                    file.path(),
                    "line 1",
                    0,
                    "expected a comment such as \"#version: 0.2\"; Megatron-LM skips the first line whatever it is");
        }
        var table = new MergeTable(new ByteAlphabet(), ids);
        for (VocabularyFile.Line line : lines.subList(1, lines.size())) {
            if (!line.text().isBlank()) {
                add(file, table, line);
            }
        }
        return table;
    }

    private static void add(VocabularyFile file, MergeTable table, VocabularyFile.Line line) {
        String field = "line " + line.number();
        List<String> parts = parts(line.text());
        if (parts.size() != 2) {
            throw new VocabularyException(
                    file.path(),
                    field,
                    line.offsetBytes(),
                    "expected two tokens with a blank between but found " + parts.size());
        }
        try {
            table.add(new MergeTable.Merge(parts.getFirst(), parts.getLast()));
        } catch (IllegalArgumentException e) {
            throw new VocabularyException(file.path(), field, line.offsetBytes(), String.valueOf(e.getMessage()));
        }
    }

    /// The parts of a merge between blanks.
    static List<String> parts(String merge) {
        var parts = new ArrayList<String>(2);
        for (String part : merge.split(" ", -1)) {
            if (!part.isEmpty()) {
                parts.add(part);
            }
        }
        return parts;
    }
}
