package io.stagecraft.model.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Reads Hugging Face's `tokenizer.json` of a byte-level BPE that cuts text as GPT-2's does.
///
/// What would make ids differ from GPT-2's is refused: normalizers, other ways to cut text, other
/// models. Added tokens are part of the vocabulary but not recognised inside text, as in
/// Megatron-LM.
///
/// - Errors: [VocabularyException] with file, field and byte.
/// - Source: the serialization of `huggingface/tokenizers` 0.13 to 0.21.
final class TokenizerJson {
    private final VocabularyFile file;
    private final JsonParser parser;
    private final List<MergeTable.Merge> merges = new ArrayList<>();
    private final List<Added> added = new ArrayList<>();
    private List<String> tokens = List.of();
    private boolean byteLevel;

    private record Added(String token, int id) {}

    private TokenizerJson(VocabularyFile file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    static GptBpeTokenizer read(Path path) {
        VocabularyFile file = VocabularyFile.read(path);
        return file.json(parser -> new TokenizerJson(file, parser).tokenizer());
    }

    private GptBpeTokenizer tokenizer() throws IOException {
        file.next(parser, JsonToken.START_OBJECT, "tokenizer");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = file.token(parser, "a key");
            parser.nextToken();
            switch (key) {
                case "model" -> model();
                case "added_tokens" -> addedTokens();
                case "pre_tokenizer" -> preTokenizer();
                case "normalizer" -> requireNone(key);
                default -> parser.skipChildren();
            }
        }
        if (!byteLevel) {
            throw file.fault(
                    parser,
                    "pre_tokenizer",
                    "expected ByteLevel, as GPT-2 has; is this a vocab.json, which needs its merges.txt too?");
        }
        List<String> all = withAdded();
        var table = new MergeTable(new ByteAlphabet(), GptBpeTokenizer.ids(all));
        for (int i = 0; i < merges.size(); i++) {
            add(table, i);
        }
        return BpeFiles.tokenizer(file, all, table);
    }

    private void add(MergeTable table, int number) {
        try {
            table.add(merges.get(number));
        } catch (IllegalArgumentException e) {
            throw file.fault(parser, "model.merges[" + number + "]", String.valueOf(e.getMessage()));
        }
    }

    private void requireNone(String key) {
        if (parser.currentToken() != JsonToken.VALUE_NULL) {
            throw file.fault(parser, key, "expected null, as GPT-2 has, but there is one");
        }
    }

    private void model() throws IOException {
        requireObject("model");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = file.token(parser, "a key of model");
            parser.nextToken();
            switch (key) {
                case "type" -> requireText("model.type", "BPE");
                case "vocab" -> {
                    requireObject("model.vocab");
                    tokens = BpeFiles.tokens(file, parser);
                }
                case "merges" -> merges();
                case "byte_fallback", "ignore_merges" -> requireFalse("model." + key);
                case "dropout" -> requireNone("model.dropout");
                case "continuing_subword_prefix", "end_of_word_suffix" -> requireEmpty("model." + key);
                default -> parser.skipChildren();
            }
        }
    }

    private void requireObject(String field) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw file.fault(parser, field, "expected an object but found " + parser.currentToken());
        }
    }

    private void requireText(String field, String expected) throws IOException {
        String found = parser.currentToken() == JsonToken.VALUE_STRING ? file.token(parser, field) : "none";
        if (!found.equals(expected)) {
            throw file.fault(parser, field, "expected \"" + expected + "\" but is \"" + found + "\"");
        }
    }

    private void requireFalse(String field) {
        if (parser.currentToken() == JsonToken.VALUE_TRUE) {
            throw file.fault(parser, field, "expected false, as GPT-2 has");
        }
    }

    private void requireEmpty(String field) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NULL) {
            requireText(field, "");
        }
    }

    private void merges() throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw file.fault(parser, "model.merges", "expected a list");
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            String field = "model.merges[" + merges.size() + "]";
            if (merges.size() == VocabularyFile.MAX_TOKENS) {
                throw file.fault(parser, field, "expected at most " + VocabularyFile.MAX_TOKENS + " merges");
            }
            List<String> parts = mergeParts(field);
            if (parts.size() != 2) {
                throw file.fault(parser, field, "expected two tokens but found " + parts.size());
            }
            merges.add(new MergeTable.Merge(parts.getFirst(), parts.getLast()));
        }
    }

    /// A merge is a text with a blank in it or a list of two texts.
    private List<String> mergeParts(String field) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return BpeFiles.parts(file.token(parser, field));
        }
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw file.fault(parser, field, "expected a text or a list but found " + parser.currentToken());
        }
        var parts = new ArrayList<String>(2);
        while (parser.nextToken() == JsonToken.VALUE_STRING && parts.size() <= 2) {
            parts.add(file.token(parser, field));
        }
        if (parser.currentToken() != JsonToken.END_ARRAY) {
            throw file.fault(parser, field, "expected a list of two texts");
        }
        return parts;
    }

    private void addedTokens() throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw file.fault(parser, "added_tokens", "expected a list");
        }
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            if (added.size() == VocabularyFile.MAX_TOKENS) {
                throw file.fault(parser, "added_tokens", "has more than " + VocabularyFile.MAX_TOKENS);
            }
            added.add(addedToken("added_tokens[" + added.size() + "]"));
        }
    }

    private Added addedToken(String field) throws IOException {
        int id = -1;
        String content = "";
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = file.token(parser, field);
            parser.nextToken();
            switch (key) {
                case "id" -> id = file.id(parser, field + ".id");
                case "content" -> content = file.token(parser, field + ".content");
                default -> parser.skipChildren();
            }
        }
        if (id < 0 || content.isEmpty()) {
            throw file.fault(parser, field, "expected an id and a content");
        }
        return new Added(content, id);
    }

    /// The tokens of the model, then those added behind them.
    private List<String> withAdded() {
        var all = new ArrayList<>(tokens);
        Map<String, Integer> ids = GptBpeTokenizer.ids(tokens);
        added.sort((a, b) -> Integer.compare(a.id(), b.id()));
        for (Added token : added) {
            int known = ids.getOrDefault(token.token(), all.size());
            if (known != token.id()) {
                throw file.fault(
                        parser,
                        "added_tokens",
                        "\"" + token.token() + "\" must have id " + known + ", which is next, but has " + token.id());
            }
            if (known == all.size()) {
                all.add(token.token());
            }
        }
        return all;
    }

    private void preTokenizer() throws IOException {
        requireObject("pre_tokenizer");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = file.token(parser, "a key of pre_tokenizer");
            parser.nextToken();
            switch (key) {
                case "type" -> {
                    requireText("pre_tokenizer.type", "ByteLevel");
                    byteLevel = true;
                }
                case "add_prefix_space" -> requireFalse("pre_tokenizer.add_prefix_space");
                case "use_regex" -> {
                    if (parser.currentToken() != JsonToken.VALUE_TRUE) {
                        throw file.fault(parser, "pre_tokenizer.use_regex", "expected true, as GPT-2 has");
                    }
                }
                default -> parser.skipChildren();
            }
        }
    }
}
