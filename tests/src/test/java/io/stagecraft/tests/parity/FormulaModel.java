package io.stagecraft.tests.parity;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The model of `record_losses.py`: weights by a formula, exact in float32, so that nobody has to store them.
record FormulaModel(Map<String, List<Long>> extents) implements ModelSource {
    static final int VOCABULARY = 257;
    static final int LENGTH = 16;
    private static final int HIDDEN = 16;
    private static final int LAYERS = 2;
    private static final int ROWS = 320;

    static FormulaModel create() {
        var extents = new LinkedHashMap<String, List<Long>>();
        String embedding = "language_model.embedding.";
        matrix(extents, embedding + "word_embeddings", ROWS, HIDDEN);
        matrix(extents, embedding + "position_embeddings", LENGTH, HIDDEN);
        for (int layer = 0; layer < LAYERS; layer++) {
            String prefix = "language_model.encoder.layers." + layer + ".";
            norm(extents, prefix + "input_layernorm");
            linear(extents, prefix + "self_attention.query_key_value", 3 * HIDDEN, HIDDEN);
            linear(extents, prefix + "self_attention.dense", HIDDEN, HIDDEN);
            norm(extents, prefix + "post_attention_layernorm");
            linear(extents, prefix + "mlp.dense_h_to_4h", 4 * HIDDEN, HIDDEN);
            linear(extents, prefix + "mlp.dense_4h_to_h", HIDDEN, 4 * HIDDEN);
        }
        norm(extents, "language_model.encoder.final_layernorm");
        return new FormulaModel(extents);
    }

    private static void matrix(Map<String, List<Long>> extents, String name, long rows, long columns) {
        extents.put(name + ".weight", List.of(rows, columns));
    }

    private static void linear(Map<String, List<Long>> extents, String name, long out, long in) {
        matrix(extents, name, out, in);
        extents.put(name + ".bias", List.of(out));
    }

    private static void norm(Map<String, List<Long>> extents, String name) {
        extents.put(name + ".weight", List.of((long) HIDDEN));
        extents.put(name + ".bias", List.of((long) HIDDEN));
    }

    /// In `[-0.5, 0.5)`, of 24 bits.
    static double noise(int number, long element) {
        long x = ((element + 1) * 2654435761L + number * 40503L) & 0xFFFF_FFFFL;
        x ^= x >>> 15;
        x = (x * 2246822519L) & 0xFFFF_FFFFL;
        x ^= x >>> 13;
        return (x >>> 8) / (double) (1 << 24) - 0.5;
    }

    private static float value(String name, int number, int dimensions, long element) {
        double value = noise(number, element) * (dimensions == 2 ? 0.5 : 0.125);
        return (float) (name.endsWith("layernorm.weight") ? 1 + value : value);
    }

    @Override
    public Path path() {
        return Path.of("formula");
    }

    @Override
    public GptConfig model() {
        return new GptConfig(
                LAYERS,
                HIDDEN,
                2,
                LENGTH,
                VOCABULARY,
                ROWS,
                4 * HIDDEN,
                1e-5,
                Gelu.TANH,
                GptConfig.OutputEmbedding.TIED,
                0,
                0,
                0.02);
    }

    @Override
    public Progress progress() {
        return new Progress(0, 0, 0, 0);
    }

    @Override
    public Optional<TensorSpec> find(String name) {
        return extents.containsKey(name)
                ? Optional.of(new TensorSpec(name, ElementType.F32, extents.get(name)))
                : Optional.empty();
    }

    @Override
    public void read(String name, TensorPartition partition, MemorySegment destination) {
        Shape global = find(name).orElseThrow().shape();
        Shape local = partition.localShape(global);
        int number = List.copyOf(extents.keySet()).indexOf(name);
        long columns = local.last();
        for (long row = 0; row < local.rows(); row++) {
            long first = partition.globalIndex(global, row);
            for (long column = 0; column < columns; column++) {
                float value = value(name, number, global.rank(), first + column);
                destination.set(ValueLayout.JAVA_FLOAT_UNALIGNED, (row * columns + column) * Float.BYTES, value);
            }
        }
    }

    @Override
    public void close() {}
}
