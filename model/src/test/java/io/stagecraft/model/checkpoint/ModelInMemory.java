package io.stagecraft.model.checkpoint;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// A GPT of seeded random weights that is nowhere saved.
public final class ModelInMemory implements ModelSource {
    private final GptConfig model;
    private final Progress progress;
    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
    private final Map<String, byte[]> contents = new LinkedHashMap<>();

    private ModelInMemory(GptConfig model, Progress progress) {
        this.model = model;
        this.progress = progress;
    }

    /// Two layers, four heads of two channels; `vocabulary` tokens of which `padded` rows are saved.
    public static GptConfig tiny(int vocabulary, int padded) {
        return new GptConfig(2, 8, 4, 6, vocabulary, padded, 32, 1e-5, Gelu.TANH, OutputEmbedding.TIED, 0.1, 0.1, 0.02);
    }

    /// Weights alone.
    public static ModelInMemory weights(GptConfig model, ElementType type, long seed) {
        var made = new ModelInMemory(model, new Progress(0, 0, 0, 0));
        made.fill(type, "", new Random(seed));
        return made;
    }

    /// Weights and moments of a run that did 10 steps of 8 samples.
    public static ModelInMemory trained(GptConfig model, long seed) {
        var made = new ModelInMemory(model, new Progress(10, 80, 16, 10));
        var random = new Random(seed);
        made.fill(ElementType.F32, "", random);
        for (Moment moment : Moment.values()) {
            made.fill(ElementType.F32, moment.of(""), random);
        }
        return made;
    }

    private void fill(ElementType type, String prefix, Random random) {
        long h = model.hiddenSize();
        long f = model.ffnHiddenSize();
        matrix(type, prefix, "language_model.embedding.word_embeddings.weight", model.paddedVocabSize(), h, random);
        matrix(type, prefix, "language_model.embedding.position_embeddings.weight", model.maxPositions(), h, random);
        for (int layer = 0; layer < model.numLayers(); layer++) {
            String name = "language_model.encoder.layers." + layer + ".";
            vectors(type, prefix, name + "input_layernorm", h, random);
            linear(type, prefix, name + "self_attention.query_key_value", 3 * h, h, random);
            linear(type, prefix, name + "self_attention.dense", h, h, random);
            vectors(type, prefix, name + "post_attention_layernorm", h, random);
            linear(type, prefix, name + "mlp.dense_h_to_4h", f, h, random);
            linear(type, prefix, name + "mlp.dense_4h_to_h", h, f, random);
        }
        vectors(type, prefix, "language_model.encoder.final_layernorm", h, random);
    }

    private void linear(ElementType type, String prefix, String module, long out, long in, Random random) {
        matrix(type, prefix, module + ".weight", out, in, random);
        put(new TensorSpec(prefix + module + ".bias", type, java.util.List.of(out)), random);
    }

    private void vectors(ElementType type, String prefix, String module, long size, Random random) {
        put(new TensorSpec(prefix + module + ".weight", type, java.util.List.of(size)), random);
        put(new TensorSpec(prefix + module + ".bias", type, java.util.List.of(size)), random);
    }

    private void matrix(ElementType type, String prefix, String name, long rows, long columns, Random random) {
        put(new TensorSpec(prefix + name, type, java.util.List.of(rows, columns)), random);
    }

    private void put(TensorSpec spec, Random random) {
        ByteBuffer bytes = ByteBuffer.allocate((int) spec.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            float value = (float) (0.3 * random.nextGaussian());
            if (spec.type() == ElementType.F32) {
                bytes.putFloat(value);
            } else {
                bytes.putShort(Float.floatToFloat16(value));
            }
        }
        specs.put(spec.name(), spec);
        contents.put(spec.name(), bytes.array());
    }

    /// All tensors.
    public Map<String, TensorSpec> specs() {
        return specs;
    }

    /// Bytes of a tensor.
    public byte[] content(String name) {
        return contents.get(name);
    }

    @Override
    public Path path() {
        return Path.of("in-memory");
    }

    @Override
    public GptConfig model() {
        return model;
    }

    @Override
    public Progress progress() {
        return progress;
    }

    @Override
    public Optional<TensorSpec> find(String name) {
        return Optional.ofNullable(specs.get(name));
    }

    @Override
    public void read(String name, TensorPartition partition, MemorySegment destination) {
        PartitionSlices slices = PartitionSlices.of(specs.get(name), partition);
        MemorySegment source = MemorySegment.ofArray(contents.get(name));
        for (long piece = 0; piece < slices.numPieces(); piece++) {
            MemorySegment.copy(
                    source,
                    slices.offsetBytes() + piece * slices.strideBytes(),
                    destination,
                    piece * slices.pieceBytes(),
                    slices.pieceBytes());
        }
    }

    @Override
    public void close() {
        // holds no file
    }

    /// The bytes of a part of a tensor of `source`.
    public static byte[] read(ModelSource source, String name, TensorPartition partition) {
        TensorSpec spec = source.find(name).orElseThrow();
        long elements = partition.localShape(spec.shape()).numElements();
        byte[] bytes = new byte[(int) (elements * spec.type().sizeBytes())];
        source.read(name, partition, MemorySegment.ofArray(bytes));
        return bytes;
    }

    /// The bytes of a whole tensor of `source`.
    public static byte[] read(ModelSource source, String name) {
        return read(source, name, new TensorPartition.Replicated());
    }
}
