package io.stagecraft.model.checkpoint.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;

/// Reads Hugging Face's `config.json` of a GPT-2.
public final class HuggingFaceGpt2Config {
    private static final double INIT_METHOD_STD = 0.02;

    private HuggingFaceGpt2Config() {}

    /// The model that `json` describes, without dropout and without padding of the vocabulary.
    ///
    /// - Errors: [IllegalArgumentException] naming the key that is absent or not understood.
    public static GptConfig read(JsonNode json) {
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
                0,
                0,
                json.path("initializer_range").asDouble(INIT_METHOD_STD));
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
