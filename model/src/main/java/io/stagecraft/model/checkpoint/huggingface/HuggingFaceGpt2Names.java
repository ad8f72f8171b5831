package io.stagecraft.model.checkpoint.huggingface;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Megatron-LM's names of GPT-2's parameters and Hugging Face's.
final class HuggingFaceGpt2Names {
    private static final Pattern LAYER = Pattern.compile("language_model\\.encoder\\.layers\\.(\\d+)\\.(.+)");

    private static final Map<String, String> ENDS = Map.of(
            "language_model.embedding.word_embeddings.weight", "wte.weight",
            "language_model.embedding.position_embeddings.weight", "wpe.weight",
            "language_model.encoder.final_layernorm.weight", "ln_f.weight",
            "language_model.encoder.final_layernorm.bias", "ln_f.bias",
            "language_model.output_layer.weight", "lm_head.weight");

    private static final Map<String, String> MODULES = Map.of(
            "input_layernorm", "ln_1",
            "self_attention.query_key_value", "attn.c_attn",
            "self_attention.dense", "attn.c_proj",
            "post_attention_layernorm", "ln_2",
            "mlp.dense_h_to_4h", "mlp.c_fc",
            "mlp.dense_4h_to_h", "mlp.c_proj");

    private HuggingFaceGpt2Names() {}

    /// Hugging Face's name, without the prefix `transformer.` that some files have.
    static String of(String megatron) {
        return find(megatron)
                .orElseThrow(
                        () -> new IllegalArgumentException("GPT-2 of Hugging Face has no parameter for " + megatron));
    }

    /// As [#of], or empty if there is none.
    static Optional<String> find(String megatron) {
        if (ENDS.containsKey(megatron)) {
            return Optional.of(ENDS.get(megatron));
        }
        Matcher layer = LAYER.matcher(megatron);
        if (layer.matches()) {
            String rest = layer.group(2);
            int dot = Math.max(0, rest.lastIndexOf('.'));
            String module = rest.substring(0, dot);
            if (MODULES.containsKey(module)) {
                return Optional.of("h." + layer.group(1) + "." + MODULES.get(module) + rest.substring(dot));
            }
        }
        return Optional.empty();
    }

    /// Whether Hugging Face stores `megatron` as `[in, out]`.
    static boolean isTransposed(String megatron) {
        Matcher layer = LAYER.matcher(megatron);
        return layer.matches()
                && layer.group(2).endsWith("weight")
                && !layer.group(2).contains("layernorm");
    }

    /// Whether `megatron` is weight or bias of the projection to queries, keys and values.
    static boolean isFusedProjection(String megatron) {
        return megatron.contains(".query_key_value.");
    }
}
