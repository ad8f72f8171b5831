package io.stagecraft.model.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.checkpoint.Manifest.Layout;
import io.stagecraft.model.checkpoint.Manifest.RunPosition;
import io.stagecraft.model.checkpoint.Manifest.SavedTensor;
import io.stagecraft.model.checkpoint.Manifest.Section;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The manifest as JSON, as it stands in `manifest.json`.
final class ManifestJson {
    static final String FILE = "manifest.json";
    private static final String FORMAT = "stagecraft-checkpoint";
    /// Far more than any manifest has, and few enough that all of them fit into memory.
    private static final int MAX_VALUES = 4_000_000;
    /// A number of more digits would take long to read.
    private static final int MAX_NUMBER_LENGTH = 40;

    private final Path file;

    /// Reads manifests of `file`, which is named in errors.
    ManifestJson(Path file) {
        this.file = file;
    }

    static byte[] encode(Manifest manifest) {
        var json = new LinkedHashMap<String, Object>();
        json.put("format", FORMAT);
        json.put("version", manifest.version());
        RunPosition position = manifest.position();
        json.put("step", position.step());
        json.put("consumed-samples", position.consumedSamples());
        json.put("consumed-valid-samples", position.progress().consumedValidSamples());
        json.put("adam-steps", position.progress().numAdamSteps());
        json.put("seed", position.seed());
        var layout = new LinkedHashMap<String, Object>();
        layout.put("tensor", position.layout().tensor());
        layout.put("pipeline", position.layout().pipeline());
        layout.put("data", position.layout().data());
        json.put("layout", layout);
        for (Section section : Section.values()) {
            json.put(key(section), manifest.section(section));
        }
        json.put("shards", manifest.shards().stream().map(ManifestJson::encode).toList());
        json.put(
                "tensors", manifest.tensors().stream().map(ManifestJson::encode).toList());
        try {
            return mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("cannot write to memory", e);
        }
    }

    private static Map<String, Object> encode(Shard shard) {
        var json = new LinkedHashMap<String, Object>();
        json.put("file", shard.file());
        json.put("bytes", shard.sizeBytes());
        json.put("sha256", shard.sha256());
        json.put("crc32c", shard.crc32c());
        return json;
    }

    private static Map<String, Object> encode(SavedTensor tensor) {
        var json = new LinkedHashMap<String, Object>();
        json.put("name", tensor.spec().name());
        json.put("dtype", tensor.spec().type().name());
        json.put("shape", tensor.spec().extents());
        json.put("shard", tensor.shard());
        return json;
    }

    /// The manifest that `bytes` say.
    ///
    /// - Errors: [CheckpointFormatException] naming the field; a newer version is refused before
    ///   anything else is read.
    Manifest decode(byte[] bytes) {
        Map<String, Object> json = parse(bytes);
        if (!FORMAT.equals(json.get("format"))) {
            throw fault("format", "expected \"" + FORMAT + "\"");
        }
        long version = number(json, "version");
        if (version > Manifest.FORMAT_VERSION) {
            throw new NewerVersionException(file, version);
        }
        if (version < 1) {
            throw fault("version", "expected 1 to " + Manifest.FORMAT_VERSION + " but it is " + version);
        }
        try {
            return manifest(json, (int) version);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw fault("content", e.getMessage());
        }
    }

    private Map<String, Object> parse(byte[] bytes) {
        try {
            requireBounded(bytes);
            Object json = mapper().readValue(bytes, Object.class);
            return map("manifest", json);
        } catch (JsonProcessingException e) {
            throw notJson(Math.max(0, e.getLocation().getByteOffset()), e.getOriginalMessage());
        } catch (IOException e) {
            throw notJson(0, e.getMessage()); // bytes in memory that are text in no encoding
        }
    }

    private CheckpointFormatException notJson(long offset, String fault) {
        return new CheckpointFormatException(
                file, "JSON", offset, CheckpointFormatException.printable(String.valueOf(fault)));
    }

    /// Values are put into memory all at once, those that lie in others by recursion: before that
    /// they are counted.
    private void requireBounded(byte[] bytes) throws IOException {
        try (JsonParser json = mapper().createParser(bytes)) {
            int depth = 0;
            int count = 0;
            while (json.nextToken() instanceof JsonToken token) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                count++;
                boolean isLong = token.isNumeric() && json.getTextLength() > MAX_NUMBER_LENGTH;
                if (depth > JsonValues.MAX_DEPTH || count > MAX_VALUES || isLong) {
                    throw new CheckpointFormatException(
                            file,
                            "JSON",
                            Math.max(0, json.currentTokenLocation().getByteOffset()),
                            "more than " + MAX_VALUES + " values, values more than " + JsonValues.MAX_DEPTH
                                    + " deep, or a number of more than " + MAX_NUMBER_LENGTH + " digits");
                }
            }
        }
    }

    private RunPosition position(Map<String, Object> json, int version) {
        Map<String, Object> axes = map("layout", json.get("layout"));
        var layout = new Layout(extent(axes, "tensor"), extent(axes, "pipeline"), extent(axes, "data"));
        long step = number(json, "step");
        long samples = number(json, "consumed-samples");
        long seed = number(json, "seed");
        // Version 1 had weights only, and validation always began with the first sample.
        return version == 1
                ? new RunPosition(step, samples, seed, layout)
                : new RunPosition(
                        new ModelSource.Progress(
                                step, samples, number(json, "consumed-valid-samples"), number(json, "adam-steps")),
                        seed,
                        layout);
    }

    private Manifest manifest(Map<String, Object> json, int version) {
        var sections = new EnumMap<Section, Map<String, Object>>(Section.class);
        for (Section section : Section.values()) {
            sections.put(section, map(key(section), json.getOrDefault(key(section), Map.of())));
        }
        var shards = new ArrayList<Shard>();
        for (Object element : list("shards", json.get("shards"))) {
            Map<String, Object> shard = map("shards", element);
            shards.add(new Shard(
                    text(shard, "file"), number(shard, "bytes"), text(shard, "sha256"), numbers(shard, "crc32c")));
        }
        var tensors = new ArrayList<SavedTensor>();
        for (Object element : list("tensors", json.get("tensors"))) {
            Map<String, Object> tensor = map("tensors", element);
            String dtype = text(tensor, "dtype");
            ElementType type = ElementType.named(dtype)
                    .orElseThrow(() -> fault("tensors.dtype", "unknown " + CheckpointFormatException.printable(dtype)));
            var spec = new TensorSpec(text(tensor, "name"), type, numbers(tensor, "shape"));
            tensors.add(new SavedTensor(spec, text(tensor, "shard")));
        }
        return new Manifest(version, position(json, version), sections, shards, tensors);
    }

    private int extent(Map<String, Object> json, String key) {
        return Math.toIntExact(number(json, key));
    }

    private long number(Map<String, Object> json, String key) {
        if (json.get(key) instanceof Long number) {
            return number;
        }
        throw fault(key, "expected an integer");
    }

    private String text(Map<String, Object> json, String key) {
        if (json.get(key) instanceof String text) {
            return text;
        }
        throw fault(key, "expected text");
    }

    private List<Long> numbers(Map<String, Object> json, String key) {
        var numbers = new ArrayList<Long>();
        for (Object element : list(key, json.get(key))) {
            if (!(element instanceof Long number)) {
                throw fault(key, "expected integers");
            }
            numbers.add(number);
        }
        return numbers;
    }

    private List<?> list(String key, Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw fault(key, "expected a list");
    }

    private Map<String, Object> map(String key, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw fault(key, "expected an object");
        }
        try {
            return JsonValues.frozen(map);
        } catch (IllegalArgumentException | NullPointerException e) {
            throw fault(key, "a value is neither text, truth, number, list nor object, or lies too deep");
        }
    }

    /// Name of a section in the file.
    static String key(Section section) {
        return section.name().toLowerCase(Locale.ROOT);
    }

    private static ObjectMapper mapper() {
        return new ObjectMapper(JsonFactory.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .enable(DeserializationFeature.USE_LONG_FOR_INTS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    private CheckpointFormatException fault(String field, String text) {
        return new CheckpointFormatException(file, field, 0, text);
    }
}
