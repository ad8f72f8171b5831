package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// A model's sizes and constants: sizes from the shapes of its tensors, the rest from the run's
/// arguments, or GPT-2's where the file has none.
///
/// - Source: Megatron-LM, `megatron/arguments.py`; for files without arguments Hugging Face's
///   `convert_megatron_gpt2_checkpoint.py`: the tanh GELU.
final class GptArguments {
    private static final int GPT2_VOCABULARY = 50257;

    /// What a file may not say and still be read: each would be another model.
    private static final List<String> MUST_BE_OFF = List.of(
            "swiglu",
            "squared_relu",
            "use_rotary_position_embeddings",
            "apply_residual_connection_post_layernorm",
            "apply_layernorm_1p",
            "num_experts");

    private final Map<String, Object> arguments;
    private final HeadCount otherwise;

    GptArguments(Map<String, Object> arguments, HeadCount otherwise) {
        this.arguments = arguments;
        this.otherwise = otherwise;
    }

    /// Errors: [IllegalArgumentException] saying which argument or shape does not fit.
    GptConfig config(int numLayers, OutputEmbedding output, Function<String, List<Long>> extents) {
        MUST_BE_OFF.forEach(this::requireOff);
        List<Long> words = extents.apply(MegatronNames.WORDS);
        int hidden = Math.toIntExact(words.get(1));
        int padded = Math.toIntExact(words.get(0));
        int heads = numHeads(hidden);
        if (integer("num_layers", numLayers) != numLayers) {
            throw new IllegalArgumentException(
                    "args.num_layers is " + integer("num_layers", 0) + " but the files have " + numLayers + " layers");
        }
        if (arguments.containsKey("kv_channels") && integer("kv_channels", 0) * heads != hidden) {
            throw new IllegalArgumentException("args.kv_channels times args.num_attention_heads must be the width "
                    + hidden + " but is " + integer("kv_channels", 0) + " x " + heads);
        }
        return new GptConfig(
                numLayers,
                hidden,
                heads,
                Math.toIntExact(extents.apply(MegatronNames.POSITIONS).getFirst()),
                vocabulary(padded),
                padded,
                Math.toIntExact(extents.apply(MegatronNames.layerName(0, "mlp.dense_h_to_4h.weight"))
                        .getFirst()),
                number("layernorm_epsilon", 1e-5),
                gelu(),
                output,
                number("attention_dropout", 0.1),
                number("hidden_dropout", 0.1),
                number("init_method_std", 0.02));
    }

    private int numHeads(int hidden) {
        if (arguments.containsKey("num_attention_heads")) {
            return integer("num_attention_heads", 0);
        }
        return switch (otherwise) {
            case HeadCount.Of(int numHeads) -> numHeads;
            case HeadCount.OfChannels(int headSize) -> {
                if (hidden % headSize != 0) {
                    throw new IllegalArgumentException("the file does not say how many attention heads it has, and "
                            + "its width " + hidden + " is no multiple of " + headSize + "; say how many");
                }
                yield hidden / headSize;
            }
        };
    }

    /// The number of tokens is not saved, only the padded one: GPT-2's if that is padded to this,
    /// by `--make-vocab-size-divisible-by` and the tensor size, otherwise all rows are tokens.
    private int vocabulary(int padded) {
        int said = integer("vocab_size", padded);
        int multiple = Math.max(
                1,
                Math.multiplyExact(
                        integer("make_vocab_size_divisible_by", 128), integer("tensor_model_parallel_size", 1)));
        boolean gpt2 = Math.ceilDiv(GPT2_VOCABULARY, multiple) * (long) multiple == padded;
        return said < padded ? said : gpt2 ? GPT2_VOCABULARY : padded;
    }

    /// `checkpoint_util.py` saves arguments of its own, with fusion off, whatever the run had; then
    /// it is the default of a run.
    private Gelu gelu() {
        boolean isResharded = Boolean.FALSE.equals(arguments.get("perform_initialization")) && isOn("no_save_rng");
        boolean tanh = arguments.isEmpty() || isResharded || isOn("bias_gelu_fusion") || isOn("openai_gelu");
        return tanh ? Gelu.TANH : Gelu.ERF;
    }

    private boolean isOn(String key) {
        return Boolean.TRUE.equals(arguments.get(key));
    }

    private void requireOff(String key) {
        Object value = arguments.getOrDefault(key, false);
        if (!value.equals(false)) {
            throw new IllegalArgumentException("args." + key + " is " + value + ": that is another model than GPT-2");
        }
    }

    private int integer(String key, int otherwise) {
        Object value = arguments.getOrDefault(key, (long) otherwise);
        if (value instanceof Long number && number == number.intValue()) {
            return number.intValue();
        }
        throw new IllegalArgumentException("args." + key + " must be an integer but is " + value);
    }

    private double number(String key, double otherwise) {
        Object value = arguments.getOrDefault(key, otherwise);
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException("args." + key + " must be a number but is " + value);
    }
}
