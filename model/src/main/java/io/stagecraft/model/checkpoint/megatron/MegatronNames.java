package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.gpt.GptConfig;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Names of GPT-2's parameters in all ages of Megatron-LM.
///
/// Up to 2.0 the layers lie in `transformer` and the attention is `attention`; later they are
/// `encoder` and `self_attention`. Very old files have the embeddings one level higher. Layer
/// numbers begin at 0 in each stage. Source: Megatron-LM, `megatron/model/language_model.py`,
/// `load_state_dict`.
final class MegatronNames {
    static final String WORDS = "language_model.embedding.word_embeddings.weight";
    static final String POSITIONS = "language_model.embedding.position_embeddings.weight";
    static final String OUTPUT = "language_model.output_layer.weight";
    static final String WORDS_FOR_HEAD = "word_embeddings_for_head.weight";
    private static final String FINAL_NORM = "language_model.encoder.final_layernorm.";

    /// Parameters of a layer in the order in which the optimizer counts them.
    private static final List<String> OF_LAYER = List.of(
            "input_layernorm.weight",
            "input_layernorm.bias",
            "self_attention.query_key_value.weight",
            "self_attention.query_key_value.bias",
            "self_attention.dense.weight",
            "self_attention.dense.bias",
            "post_attention_layernorm.weight",
            "post_attention_layernorm.bias",
            "mlp.dense_h_to_4h.weight",
            "mlp.dense_h_to_4h.bias",
            "mlp.dense_4h_to_h.weight",
            "mlp.dense_4h_to_h.bias");

    private static final Pattern LAYER = Pattern.compile("(?:encoder|transformer)\\.layers\\.(\\d{1,5})\\.(.+)");
    private static final Pattern NORM = Pattern.compile("(?:encoder|transformer)\\.final_layernorm\\.(weight|bias)");
    private static final Pattern EMBEDDING =
            Pattern.compile("(?:embedding\\.)?((?:word|position)_embeddings\\.weight)");

    /// Behind all layers in [#order].
    private static final int END = Integer.MAX_VALUE - 8;

    private MegatronNames() {}

    /// A parameter of a stage.
    ///
    /// @param order its place among the stage's parameters
    /// @param layer number of its layer in the stage, -1 if it is in none
    /// @param name the name that a run has for it, but for the number of the layer
    record Local(int order, int layer, String name) {
        /// The name that a run has for it if the stage's first layer is `firstLayer`.
        String global(int firstLayer) {
            return layer < 0 ? name : layerName(firstLayer + layer, name);
        }
    }

    static String layerName(int layer, String ofLayer) {
        return "language_model.encoder.layers." + layer + "." + ofLayer;
    }

    /// The parameter that `flat`, the keys of nested dictionaries joined by points, names; empty if
    /// GPT-2 has none of that name.
    static Optional<Local> parse(String flat) {
        if (flat.equals(WORDS_FOR_HEAD)) {
            return Optional.of(new Local(END + 3, -1, WORDS_FOR_HEAD));
        }
        String name = flat.startsWith("language_model.") ? flat.substring("language_model.".length()) : flat;
        Matcher layer = LAYER.matcher(name);
        if (layer.matches()) {
            String rest = layer.group(2);
            String current = rest.startsWith("attention.") ? "self_" + rest : rest;
            int place = OF_LAYER.indexOf(current);
            int number = Integer.parseInt(layer.group(1));
            return place < 0
                    ? Optional.empty()
                    : Optional.of(new Local(2 + number * OF_LAYER.size() + place, number, current));
        }
        Matcher norm = NORM.matcher(name);
        if (norm.matches()) {
            int place = norm.group(1).equals("weight") ? 0 : 1;
            return Optional.of(new Local(END + place, -1, FINAL_NORM + norm.group(1)));
        }
        Matcher embedding = EMBEDDING.matcher(name);
        if (embedding.matches()) {
            String current = "language_model.embedding." + embedding.group(1);
            return Optional.of(new Local(current.equals(WORDS) ? 0 : 1, -1, current));
        }
        return name.equals("output_layer.weight") ? Optional.of(new Local(END + 2, -1, OUTPUT)) : Optional.empty();
    }

    /// All names of a model of `numLayers` layers, but for an output matrix of its own.
    static List<String> all(int numLayers) {
        var names = new java.util.ArrayList<>(List.of(WORDS, POSITIONS));
        for (int layer = 0; layer < numLayers; layer++) {
            for (String ofLayer : OF_LAYER) {
                names.add(layerName(layer, ofLayer));
            }
        }
        names.add(FINAL_NORM + "weight");
        names.add(FINAL_NORM + "bias");
        return names;
    }

    /// How the tensor ranks share the parameter `name`.
    static MergedTensor.Sharing sharing(String name) {
        boolean rows = name.endsWith(WORDS) // moments too
                || name.endsWith(OUTPUT)
                || name.contains(".query_key_value.")
                || name.contains(".dense_h_to_4h.");
        boolean columns = name.endsWith(".self_attention.dense.weight") || name.endsWith(".dense_4h_to_h.weight");
        return rows
                ? MergedTensor.Sharing.ROWS
                : columns ? MergedTensor.Sharing.COLUMNS : MergedTensor.Sharing.REPLICATED;
    }

    /// Extents of the parameter `name` of a model `config`.
    static List<Long> extents(String name, GptConfig config) {
        long hidden = config.hiddenSize();
        long inner = config.ffnHiddenSize();
        if (name.equals(WORDS) || name.equals(OUTPUT)) {
            return List.of((long) config.paddedVocabSize(), hidden);
        }
        if (name.equals(POSITIONS)) {
            return List.of((long) config.maxPositions(), hidden);
        }
        long rows = isQueryKeyValue(name) ? 3 * hidden : name.contains(".dense_h_to_4h.") ? inner : hidden;
        boolean matrix = name.endsWith(".weight") && !name.contains("layernorm");
        return matrix ? List.of(rows, name.contains(".dense_4h_to_h.") ? inner : hidden) : List.of(rows);
    }

    static boolean isQueryKeyValue(String name) {
        return name.contains(".query_key_value.");
    }
}
