package io.stagecraft.model.checkpoint.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Hugging Face's `config.json` of a GPT-2.
public final class HuggingFaceGpt2Config {
    private static final double INIT_METHOD_STD = 0.02;

    private HuggingFaceGpt2Config() {}

    /// The model that `json` describes, without padding of the vocabulary.
    ///
    /// - Errors: [IllegalArgumentException] naming the key that is absent or not understood.
    public static GptConfig read(JsonNode json) {
        requirePlain(json);
        int hidden = requireInt(json, "n_embd");
        int vocabulary = requireInt(json, "vocab_size");
        return new GptConfig(
                requireInt(json, "n_layer"),
                hidden,
                requireInt(json, "n_head"),
                requireInt(json, "n_positions"),
                vocabulary,
                vocabulary,
                json.path("n_inner").asInt(4 * hidden),
                json.path("layer_norm_epsilon").asDouble(1e-5),
                gelu(json.path("activation_function").asText("gelu_new")),
                json.path("tie_word_embeddings").asBoolean(true) ? OutputEmbedding.TIED : OutputEmbedding.UNTIED,
                json.path("attn_pdrop").asDouble(0),
                json.path("resid_pdrop").asDouble(0),
                json.path("initializer_range").asDouble(INIT_METHOD_STD));
    }

    /// `model` with Hugging Face's keys. The vocabulary is that of the embedding's rows, for every
    /// row has a logit.
    static Map<String, Object> write(GptConfig model) {
        var json = new LinkedHashMap<String, Object>();
        json.put(
                "activation_function",
                switch (model.gelu()) {
                    case TANH -> "gelu_new";
                    case ERF -> "gelu";
                });
        json.put("architectures", List.of("GPT2LMHeadModel"));
        json.put("attn_pdrop", model.attentionDropout());
        json.put("embd_pdrop", model.hiddenDropout());
        json.put("initializer_range", model.initMethodStd());
        json.put("layer_norm_epsilon", model.layerNormEpsilon());
        json.put("model_type", "gpt2");
        json.put("n_embd", model.hiddenSize());
        json.put("n_head", model.numHeads());
        json.put("n_inner", model.ffnHiddenSize());
        json.put("n_layer", model.numLayers());
        json.put("n_positions", model.maxPositions());
        json.put("resid_pdrop", model.hiddenDropout());
        json.put("scale_attn_weights", true);
        json.put("tie_word_embeddings", model.outputEmbedding() == OutputEmbedding.TIED);
        json.put("use_cache", true);
        json.put("vocab_size", model.paddedVocabSize());
        return json;
    }

    /// What changes the arithmetic of attention is not here.
    private static void requirePlain(JsonNode json) {
        String type = json.path("model_type").asText("gpt2");
        if (!type.equals("gpt2")) {
            throw new IllegalArgumentException("model_type must be gpt2 but is " + type);
        }
        if (!json.path("scale_attn_weights").asBoolean(true)
                || json.path("scale_attn_by_inverse_layer_idx").asBoolean(false)
                || json.path("add_cross_attention").asBoolean(false)) {
            throw new IllegalArgumentException("only attention scaled by the square root of the head size and without"
                    + " cross-attention can be read: scale_attn_weights, scale_attn_by_inverse_layer_idx and"
                    + " add_cross_attention must be true, false and false");
        }
    }

    private static Gelu gelu(String name) {
        return switch (name) {
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Gelu.TANH;
            case "gelu" -> Gelu.ERF;
            default ->
                throw new IllegalArgumentException(
                        "activation_function must be gelu, gelu_new, gelu_fast or gelu_pytorch_tanh but is " + name);
        };
    }

    private static int requireInt(JsonNode json, String key) {
        if (!json.path(key).isInt()) {
            throw new IllegalArgumentException(
                    "config.json of a GPT-2 needs the number " + key + " but has " + json.path(key));
        }
        return json.path(key).asInt();
    }
}
