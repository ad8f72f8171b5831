package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A saved model with another number of rows of the vocabulary: rows are left away at the end, or
/// the last one is repeated, moments as weights.
///
/// - Thread: as the source; a call holds the whole table in memory.
/// - Source: Megatron-LM 23.04, `tools/checkpoint_saver_megatron.py`.
///
/// @param source borrowed
/// @param model the source's with the other vocabulary
record RepaddedModel(ModelSource source, GptConfig model) implements ModelSource {
    private static final List<String> TABLES =
            List.of("language_model.embedding.word_embeddings.weight", "language_model.output_layer.weight");

    @Override
    public Path path() {
        return source.path();
    }

    @Override
    public Progress progress() {
        return source.progress();
    }

    @Override
    public Optional<TensorSpec> find(String name) {
        return source.find(name).map(spec -> isTable(name) ? repadded(spec) : spec);
    }

    private static boolean isTable(String name) {
        return TABLES.stream().anyMatch(name::endsWith);
    }

    private TensorSpec repadded(TensorSpec spec) {
        long columns = spec.extents().getLast();
        return new TensorSpec(spec.name(), spec.type(), List.of((long) model.paddedVocabSize(), columns));
    }

    @Override
    public void read(String name, TensorPartition partition, MemorySegment destination) {
        if (!isTable(name) || model.paddedVocabSize() == source.model().paddedVocabSize()) {
            source.read(name, partition, destination);
            return;
        }
        TensorSpec saved =
                source.find(name).orElseThrow(() -> new IllegalArgumentException(path() + " has no tensor " + name));
        Shape local = partition.localShape(repadded(saved).shape());
        long firstRow = partition instanceof TensorPartition.Split(int _, int rank, int _) ? rank * local.d0() : 0;
        long rowBytes = local.d1() * saved.type().sizeBytes();
        long lastRow = saved.extents().getFirst() - 1;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table = arena.allocate(saved.sizeBytes(), Long.BYTES);
            source.read(name, new TensorPartition.Replicated(), table);
            for (long row = 0; row < local.d0(); row++) {
                long from = Math.min(firstRow + row, lastRow);
                MemorySegment.copy(table, from * rowBytes, destination, row * rowBytes, rowBytes);
            }
        }
    }

    /// The source stays open.
    @Override
    public void close() {
        // borrowed
    }
}
