package io.stagecraft.model.checkpoint.megatron;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.torch.PickleItem;
import io.stagecraft.model.checkpoint.torch.PickleItem.Entry;
import io.stagecraft.model.checkpoint.torch.PickleItem.Global;
import io.stagecraft.model.checkpoint.torch.PickleItem.Text;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/// The arguments of a run as Megatron-LM saves them: `argparse.Namespace`, all that 23.04 has, in
/// its order.
///
/// Values are those that the run was started with where they are known, Megatron-LM's own
/// otherwise; what the model, the split and the position say wins over both.
///
/// Source: Megatron-LM 23.04, `megatron/arguments.py`.
final class ArgumentsWriter {
    private static final String RESOURCE = "arguments.json";
    private static final String PARAMS_TYPE = "params_dtype";
    private static final String MODEL_TYPE = "model_type";
    /// Arguments that Megatron-LM saved say it; settings of another program do not.
    private static final String OF_EVERY_RUN = "world_size";

    private final Map<String, Object> known;
    private final Map<String, Object> defaults;

    /// @param known arguments of the run by their names, without those that are `None`; empty if
    ///     the model does not come from a run
    ArgumentsWriter(Map<String, Object> known) {
        this.known = known;
        this.defaults = read();
    }

    /// A known argument, or Megatron-LM's own value, or `otherwise` if that is `None`.
    Object value(String name, Object otherwise) {
        Object own = defaults.getOrDefault(name, otherwise);
        return known.getOrDefault(name, own instanceof PickleItem.Nothing ? otherwise : own);
    }

    /// Whether the run's arguments say `name`.
    boolean knows(String name) {
        return known.containsKey(name);
    }

    /// The arguments as rank (`tensorRank`, `stage`) has them.
    PickleItem namespace(ModelSource source, ElementType type, MegatronLayout layout, int tensorRank, int stage) {
        var values = new LinkedHashMap<String, Object>();
        boolean complete = known.containsKey(OF_EVERY_RUN);
        defaults.forEach((name, value) -> values.put(name, complete ? new PickleItem.Nothing() : value));
        values.putAll(known);
        values.putAll(ofModel(source.model()));
        values.put("padded_vocab_size", source.model().paddedVocabSize());
        values.put("tensor_model_parallel_size", layout.tensorSize());
        values.put("pipeline_model_parallel_size", layout.pipelineSize());
        values.put("transformer_pipeline_model_parallel_size", layout.pipelineSize());
        values.put("virtual_pipeline_model_parallel_size", new PickleItem.Nothing());
        values.put("num_layers_per_virtual_pipeline_stage", new PickleItem.Nothing());
        values.put("use_distributed_optimizer", false);
        values.put(
                "sequence_parallel", layout.tensorSize() > 1 && Boolean.TRUE.equals(value("sequence_parallel", false)));
        values.put("data_parallel_size", 1);
        values.put("world_size", layout.tensorSize() * layout.pipelineSize());
        int rank = stage * layout.tensorSize() + tensorRank;
        values.put("rank", rank);
        values.put("local_rank", rank);
        values.put("consumed_train_samples", source.progress().consumedTrainSamples());
        values.put("consumed_valid_samples", source.progress().consumedValidSamples());
        values.put("fp16", type == ElementType.F16);
        values.put("bf16", type == ElementType.BF16);
        values.put(PARAMS_TYPE, new Global("torch", typeName(type)));
        values.put(
                MODEL_TYPE,
                new PickleItem.Call(
                        new Global("__builtin__", "getattr"),
                        PickleItem.Tuple.of(new Global("megatron.core.enums", "ModelType"), "encoder_or_decoder")));
        return new PickleItem.Instance(new Global("argparse", "Namespace"), dictionary(values));
    }

    private Map<String, Object> ofModel(GptConfig model) {
        var values = new LinkedHashMap<String, Object>();
        values.put("num_layers", model.numLayers());
        values.put("encoder_num_layers", model.numLayers());
        values.put("hidden_size", model.hiddenSize());
        values.put("ffn_hidden_size", model.ffnHiddenSize());
        values.put("num_attention_heads", model.numHeads());
        values.put("kv_channels", model.headSize());
        values.put("max_position_embeddings", model.maxPositions());
        Object length = known.getOrDefault("seq_length", model.maxPositions());
        values.put("seq_length", length);
        values.put("encoder_seq_length", length);
        values.put("add_position_embedding", true);
        values.put("layernorm_epsilon", model.layerNormEpsilon());
        values.put("attention_dropout", model.attentionDropout());
        values.put("hidden_dropout", model.hiddenDropout());
        values.put("init_method_std", model.initMethodStd());
        values.put("add_bias_linear", true);
        values.put("bias_gelu_fusion", model.gelu() == Gelu.TANH && !Boolean.TRUE.equals(known.get("openai_gelu")));
        values.put("openai_gelu", model.gelu() == Gelu.TANH && Boolean.TRUE.equals(known.get("openai_gelu")));
        values.put("untie_embeddings_and_output_weights", model.outputEmbedding() == OutputEmbedding.UNTIED);
        return values;
    }

    private static PickleItem.Dictionary dictionary(Map<String, Object> values) {
        var entries = new ArrayList<Entry>();
        values.forEach((name, value) -> entries.add(new Entry(new Text(name), PickleItem.of(value))));
        return new PickleItem.Dictionary(entries);
    }

    private static String typeName(ElementType type) {
        return switch (type) {
            case F32 -> "float32";
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case BOOL, U8, I8, I16, I32, I64, F64 ->
                throw new IllegalArgumentException("Megatron-LM has no models of " + type);
        };
    }

    private static Map<String, Object> read() {
        try (InputStream json = ArgumentsWriter.class.getResourceAsStream(RESOURCE)) {
            Map<?, ?> values = new ObjectMapper()
                    .enable(DeserializationFeature.USE_LONG_FOR_INTS)
                    .readValue(json, Map.class);
            var defaults = new LinkedHashMap<String, Object>();
            values.forEach((name, value) ->
                    defaults.put((String) name, value instanceof Object set ? set : new PickleItem.Nothing()));
            return defaults;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
        }
    }
}
