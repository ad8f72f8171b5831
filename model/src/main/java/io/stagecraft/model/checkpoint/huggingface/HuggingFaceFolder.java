package io.stagecraft.model.checkpoint.huggingface;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.SafetensorsFile;
import io.stagecraft.model.checkpoint.pickle.TorchFile;
import io.stagecraft.model.gpt.GptConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/// The files of a model as Hugging Face's `save_pretrained` lays them.
///
/// Names in an index are looked for in the folder only and must be plain.
///
/// @param folder that has `config.json`
record HuggingFaceFolder(Path folder) {
    static final String CONFIG = "config.json";
    static final String SAFETENSORS = "model.safetensors";
    static final String TORCH = "pytorch_model.bin";
    static final String INDEX_END = ".index.json";

    private static final long MAX_CONFIG_BYTES = 64 * 1024;
    private static final long MAX_INDEX_BYTES = 64L * 1024 * 1024;
    private static final int MAX_NUMBER_LENGTH = 40;
    private static final int MAX_SHARDS = 10_000;
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

    /// Whether `path` looks like such a folder.
    static boolean isOne(Path path) {
        return Files.isRegularFile(path.resolve(CONFIG));
    }

    /// The model that `config.json` describes.
    GptConfig config() {
        Path file = folder.resolve(CONFIG);
        JsonNode json = parse(file, MAX_CONFIG_BYTES);
        try {
            return HuggingFaceGpt2Config.read(json);
        } catch (IllegalArgumentException e) {
            throw new CheckpointFormatException(file, CONFIG, 0, String.valueOf(e.getMessage()));
        }
    }

    /// Opens the weights: safetensors before pickles, a whole file before shards.
    HuggingFaceTensors openTensors() {
        if (Files.isRegularFile(folder.resolve(SAFETENSORS))) {
            return safetensors(List.of(folder.resolve(SAFETENSORS)));
        }
        if (Files.isRegularFile(folder.resolve(SAFETENSORS + INDEX_END))) {
            return safetensors(shards(folder.resolve(SAFETENSORS + INDEX_END)));
        }
        if (Files.isRegularFile(folder.resolve(TORCH))) {
            return torch(List.of(folder.resolve(TORCH)));
        }
        if (Files.isRegularFile(folder.resolve(TORCH + INDEX_END))) {
            return torch(shards(folder.resolve(TORCH + INDEX_END)));
        }
        throw new CheckpointFormatException(
                folder,
                "weights",
                0,
                "expected " + SAFETENSORS + " or " + TORCH + ", whole or in shards with an index");
    }

    private static HuggingFaceTensors safetensors(List<Path> files) {
        return new HuggingFaceTensors.Safetensors(openAll(files, SafetensorsFile::open));
    }

    private static HuggingFaceTensors torch(List<Path> files) {
        List<TorchFile> open = openAll(files, TorchFile::open);
        try {
            return HuggingFaceTensors.Torch.of(open);
        } catch (RuntimeException e) {
            open.forEach(file -> closeAlso(file, e));
            throw e;
        }
    }

    private static <F extends AutoCloseable> List<F> openAll(List<Path> files, Function<Path, F> opener) {
        var open = new ArrayList<F>();
        try {
            files.forEach(file -> open.add(opener.apply(file)));
            return open;
        } catch (RuntimeException e) {
            for (F file : open) {
                closeAlso(file, e);
            }
            throw e;
        }
    }

    private static void closeAlso(AutoCloseable file, RuntimeException cause) {
        try {
            file.close();
        } catch (Exception e) {
            cause.addSuppressed(e);
        }
    }

    private List<Path> shards(Path index) {
        Set<String> names = shardNames(index);
        if (names.isEmpty() || names.size() > MAX_SHARDS) {
            throw new CheckpointFormatException(
                    index, "weight_map", 0, "expected 1 to " + MAX_SHARDS + " shards but it has " + names.size());
        }
        return names.stream()
                .map(folder::resolve)
                .map(file -> requireThere(index, file))
                .toList();
    }

    /// Reads the index token by token: numbers in it, however long, are passed over.
    private static Set<String> shardNames(Path index) {
        Set<String> names = new LinkedHashSet<>();
        try (JsonParser json = factory().createParser(readSmall(index, MAX_INDEX_BYTES))) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean map = json.currentName().equals("weight_map");
                if (json.nextToken() == JsonToken.START_OBJECT && map) {
                    readNames(index, json, names);
                } else {
                    json.skipChildren();
                }
            }
            return names;
        } catch (IOException e) {
            throw notJson(index, e);
        }
    }

    private static void readNames(Path index, JsonParser json, Set<String> names) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.nextToken() == JsonToken.VALUE_STRING ? json.getText() : "";
            if (!FILE_NAME.matcher(name).matches()) {
                throw new CheckpointFormatException(
                        index,
                        "weight_map",
                        json.currentTokenLocation().getByteOffset(),
                        "the name of a shard is made of letters, digits, '.', '_' and '-' but is "
                                + CheckpointFormatException.printable(name));
            }
            names.add(name);
        }
    }

    private static Path requireThere(Path index, Path file) {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointFormatException(
                    index, "weight_map", 0, "the shard " + file.getFileName() + " is not there");
        }
        return file;
    }

    /// The plain values of an object; what lies deeper is passed over, however deep.
    private static JsonNode parse(Path file, long maxBytes) {
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        try (JsonParser json = factory().createParser(readSmall(file, maxBytes))) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new CheckpointFormatException(file, "JSON", 0, "expected an object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                put(values, name, json.nextToken(), json);
            }
            return values;
        } catch (IOException e) {
            throw notJson(file, e);
        }
    }

    private static void put(ObjectNode values, String name, JsonToken token, JsonParser json) throws IOException {
        switch (token) {
            case START_OBJECT, START_ARRAY -> json.skipChildren();
            case VALUE_TRUE, VALUE_FALSE -> values.put(name, token == JsonToken.VALUE_TRUE);
            case VALUE_STRING -> values.put(name, json.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(values, name, json);
            default -> values.putNull(name);
        }
    }

    /// A number of more digits than any setting has stays text, so that it costs nothing.
    private static void number(ObjectNode values, String name, JsonParser json) throws IOException {
        if (json.getTextLength() > MAX_NUMBER_LENGTH) {
            values.put(name, json.getText());
        } else if (json.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
            values.put(name, json.getDoubleValue());
        } else if (json.getNumberType() == JsonParser.NumberType.INT) {
            values.put(name, json.getIntValue());
        } else {
            values.put(name, json.getDoubleValue());
        }
    }

    /// Bytes in memory fail to parse for what they are: no JSON, or text in no encoding.
    private static CheckpointFormatException notJson(Path file, IOException e) {
        long offset = e instanceof JsonProcessingException json
                ? Math.max(0, json.getLocation().getByteOffset())
                : 0;
        String fault = e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
        return new CheckpointFormatException(
                file, "JSON", offset, CheckpointFormatException.printable(String.valueOf(fault)));
    }

    private static byte[] readSmall(Path file, long maxBytes) {
        try {
            long size = Files.size(file);
            if (size > maxBytes) {
                throw new CheckpointFormatException(
                        file, "file size", maxBytes, size + " bytes are too many; at most " + maxBytes);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e, e);
        }
    }

    private static JsonFactory factory() {
        return JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
    }
}
