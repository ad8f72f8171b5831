package io.stagecraft.model.checkpoint.huggingface;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.checkpoint.torch.TorchStorage;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;

/// A tensor of a Hugging Face GPT-2 that is to be written.
///
/// @param spec under Hugging Face's name
/// @param storage its elements; the tied head has the storage of the word embedding
record WrittenTensor(TensorSpec spec, TorchStorage storage) {
    private static final String ENCODER = "language_model.encoder.";

    /// All tensors of `source` in the order, and with the buffers of the attention mask, of Hugging
    /// Face's converter: `convert_megatron_gpt2_checkpoint.py`.
    ///
    /// - Errors: [IllegalArgumentException] naming a tensor that the source does not have.
    static List<WrittenTensor> of(ModelSource source) {
        GptConfig model = source.model();
        var all = new ArrayList<WrittenTensor>();
        WrittenTensor words = parameter(source, "language_model.embedding.word_embeddings.weight", "transformer.");
        all.add(words);
        all.add(parameter(source, "language_model.embedding.position_embeddings.weight", "transformer."));
        for (int layer = 0; layer < model.numLayers(); layer++) {
            layer(source, layer, all);
        }
        all.add(parameter(source, ENCODER + "final_layernorm.weight", "transformer."));
        all.add(parameter(source, ENCODER + "final_layernorm.bias", "transformer."));
        all.add(
                model.outputEmbedding() == OutputEmbedding.UNTIED
                        ? parameter(source, "language_model.output_layer.weight", "")
                        : new WrittenTensor(
                                new TensorSpec(
                                        "lm_head.weight",
                                        words.spec().type(),
                                        words.spec().extents()),
                                words.storage()));
        return all;
    }

    private static void layer(ModelSource source, int layer, List<WrittenTensor> all) {
        String prefix = ENCODER + "layers." + layer + ".";
        linear(source, prefix + "input_layernorm", all);
        all.addAll(mask("transformer.h." + layer + ".attn.", source.model().maxPositions()));
        for (String module : List.of(
                "self_attention.query_key_value",
                "self_attention.dense",
                "post_attention_layernorm",
                "mlp.dense_h_to_4h",
                "mlp.dense_4h_to_h")) {
            linear(source, prefix + module, all);
        }
    }

    private static void linear(ModelSource source, String module, List<WrittenTensor> all) {
        all.add(parameter(source, module + ".weight", "transformer."));
        all.add(parameter(source, module + ".bias", "transformer."));
    }

    private static WrittenTensor parameter(ModelSource source, String name, String prefix) {
        TensorSpec saved = source.find(name)
                .orElseThrow(() -> new IllegalArgumentException(source.path() + " has no tensor " + name));
        boolean transposed = HuggingFaceGpt2Names.isTransposed(name);
        var spec = new TensorSpec(
                prefix + HuggingFaceGpt2Names.of(name),
                saved.type(),
                transposed ? saved.extents().reversed() : saved.extents());
        return new WrittenTensor(
                spec, new TorchStorage(spec.type(), spec.numElements(), into -> fill(source, saved, into)));
    }

    private static void fill(ModelSource source, TensorSpec saved, MemorySegment into) {
        boolean transposed = HuggingFaceGpt2Names.isTransposed(saved.name());
        if (!transposed && !HuggingFaceGpt2Names.isFusedProjection(saved.name())) {
            source.read(saved.name(), new TensorPartition.Replicated(), into);
            return;
        }
        long inputs = transposed ? saved.extents().get(1) : 1;
        LongUnaryOperator order = order(source, saved);
        long[] rows = LongStream.range(0, inputs).toArray();
        long[] columns = LongStream.range(0, saved.extents().getFirst())
                .map(output -> order.applyAsLong(output) * inputs)
                .toArray();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment whole = arena.allocate(saved.sizeBytes(), Long.BYTES);
            source.read(saved.name(), new TensorPartition.Replicated(), whole);
            new StridedCopy(rows, columns).run(saved.type(), whole, into);
        }
    }

    private static LongUnaryOperator order(ModelSource source, TensorSpec saved) {
        GptConfig model = source.model();
        return HuggingFaceGpt2Names.isFusedProjection(saved.name())
                ? new ProjectionOrder(model.hiddenSize(), model.headSize())::toHeads
                : output -> output;
    }

    private static List<WrittenTensor> mask(String prefix, long positions) {
        var triangle = new TensorSpec(prefix + "bias", ElementType.F16, List.of(1L, 1L, positions, positions));
        var masked = new TensorSpec(prefix + "masked_bias", ElementType.F16, List.of());
        return List.of(
                new WrittenTensor(triangle, new TorchStorage(ElementType.F16, triangle.numElements(), into -> {
                    into.fill((byte) 0);
                    for (long row = 0; row < positions; row++) {
                        for (long column = 0; column <= row; column++) {
                            setHalf(into, row * positions + column, 1);
                        }
                    }
                })),
                new WrittenTensor(masked, new TorchStorage(ElementType.F16, 1, into -> setHalf(into, 0, -10000))));
    }

    private static void setHalf(MemorySegment into, long index, float value) {
        into.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index, Float.floatToFloat16(value));
    }
}
