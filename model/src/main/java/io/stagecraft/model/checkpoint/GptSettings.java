package io.stagecraft.model.checkpoint;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A [GptConfig] as the model section of a manifest, and back.
///
/// Thread: any.
public final class GptSettings {
    private static final String TYPE = "gpt";

    private GptSettings() {}

    /// `config` as values that JSON has; keys are the component names in kebab case.
    public static Map<String, Object> of(GptConfig config) {
        var values = new LinkedHashMap<String, Object>();
        values.put("type", TYPE);
        values.put("num-layers", config.numLayers());
        values.put("hidden-size", config.hiddenSize());
        values.put("num-heads", config.numHeads());
        values.put("max-positions", config.maxPositions());
        values.put("vocab-size", config.vocabSize());
        values.put("padded-vocab-size", config.paddedVocabSize());
        values.put("ffn-hidden-size", config.ffnHiddenSize());
        values.put("layer-norm-epsilon", config.layerNormEpsilon());
        values.put("gelu", config.gelu().name());
        values.put("output-embedding", config.outputEmbedding().name());
        values.put("attention-dropout", config.attentionDropout());
        values.put("hidden-dropout", config.hiddenDropout());
        values.put("init-method-std", config.initMethodStd());
        return values;
    }

    /// The configuration that `values` came from.
    ///
    /// - Errors: [IllegalArgumentException] naming the key that is missing or wrong.
    public static GptConfig restore(Map<String, Object> values) {
        if (!TYPE.equals(values.get("type"))) {
            throw new IllegalArgumentException(
                    "model.type must be \"" + TYPE + "\" but is " + values.getOrDefault("type", "missing"));
        }
        return new GptConfig(
                integer(values, "num-layers"),
                integer(values, "hidden-size"),
                integer(values, "num-heads"),
                integer(values, "max-positions"),
                integer(values, "vocab-size"),
                integer(values, "padded-vocab-size"),
                integer(values, "ffn-hidden-size"),
                number(values, "layer-norm-epsilon"),
                constant(values, "gelu", List.of(Gelu.values())),
                constant(values, "output-embedding", List.of(GptConfig.OutputEmbedding.values())),
                number(values, "attention-dropout"),
                number(values, "hidden-dropout"),
                number(values, "init-method-std"));
    }

    private static int integer(Map<String, Object> values, String key) {
        if (values.get(key) instanceof Number number
                && !(number instanceof Double)
                && number.longValue() == number.intValue()) {
            return number.intValue();
        }
        throw wrong(values, key, "an integer");
    }

    private static double number(Map<String, Object> values, String key) {
        if (values.get(key) instanceof Number number) {
            return number.doubleValue();
        }
        throw wrong(values, key, "a number");
    }

    private static <E extends Enum<E>> E constant(Map<String, Object> values, String key, List<E> constants) {
        for (E constant : constants) {
            if (constant.name().equals(values.get(key))) {
                return constant;
            }
        }
        throw wrong(values, key, "one of " + constants);
    }

    private static IllegalArgumentException wrong(Map<String, Object> values, String key, String expected) {
        return new IllegalArgumentException(
                "model." + key + " must be " + expected + " but is " + values.getOrDefault(key, "missing"));
    }
}
