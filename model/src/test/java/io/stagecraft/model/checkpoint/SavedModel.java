package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.checkpoint.Manifest.Layout;
import io.stagecraft.model.checkpoint.Manifest.RunPosition;
import io.stagecraft.model.checkpoint.Manifest.Section;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.parallel.TensorPartition.Replicated;
import io.stagecraft.model.parallel.TensorPartition.Split;
import io.stagecraft.model.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Four tensors of random bits, one of each way to be split, on two stages.
final class SavedModel {
    static final List<TensorSpec> SPECS = List.of(
            f32("embedding.weight", 12, 8), f32("dense.weight", 8, 16), f32("dense.bias", 8), f32("qkv.bias", 24));
    private static final int NUM_STAGES = 2;

    private final Map<String, byte[]> bytes = new LinkedHashMap<>();

    SavedModel(long seed) {
        var random = new Random(seed);
        for (TensorSpec spec : SPECS) {
            byte[] content = new byte[(int) spec.sizeBytes()];
            random.nextBytes(content);
            bytes.put(spec.name(), content);
        }
    }

    static TensorPartition partition(String name, int rank, int size) {
        return switch (name) {
            case "embedding.weight", "qkv.bias" -> new Split(0, rank, size);
            case "dense.weight" -> new Split(1, rank, size);
            default -> new Replicated();
        };
    }

    byte[] whole(String name) {
        return bytes.get(name);
    }

    /// The part, element by element: the oracle.
    byte[] part(TensorSpec spec, TensorPartition partition) {
        Shape global = spec.shape();
        Shape local = partition.localShape(global);
        int row0 = partition instanceof Split(int dim, int rank, int _) && dim == 0 ? (int) (rank * local.d0()) : 0;
        int column0 = partition instanceof Split(int dim, int rank, int _) && dim == 1 ? (int) (rank * local.d1()) : 0;
        byte[] part = new byte[(int) local.numElements() * 4];
        for (int i = 0; i < part.length; i++) {
            int row = row0 + (int) (i / 4 / local.d1());
            int column = column0 + (int) (i / 4 % local.d1());
            part[i] = whole(spec.name())[(int) (row * global.d1() + column) * 4 + i % 4];
        }
        return part;
    }

    /// Saves as `tensorSize` ranks would: each its own parts.
    Path save(CheckpointStore store, long step, int tensorSize) {
        try (PendingCheckpoint pending = store.begin(step)) {
            writeShards(pending, tensorSize);
            var position = new RunPosition(step, step * 16, 1234, new Layout(tensorSize, NUM_STAGES, 1));
            return pending.commit(position, sections(), pending.sumUp());
        }
    }

    static RunPosition position(long step) {
        return new RunPosition(step, step * 16, 1234, new Layout(1, NUM_STAGES, 1));
    }

    void writeShards(PendingCheckpoint pending, int tensorSize) {
        for (int stage = 0; stage < NUM_STAGES; stage++) {
            List<TensorSpec> specs = SPECS.subList(stage * 2, stage * 2 + 2);
            try (SafetensorsWriter writer = pending.shard(Manifest.modelShard(stage, NUM_STAGES), specs)) {
                for (int rank = 0; rank < tensorSize; rank++) {
                    for (TensorSpec spec : specs) {
                        writePart(writer, spec, rank, tensorSize);
                    }
                }
                writer.complete();
            }
        }
    }

    /// Whether the checkpoint at `folder` has all sums right and exactly these bits.
    boolean isIn(Path folder) {
        try (CheckpointReader reader = CheckpointStore.open(folder)) {
            reader.verify();
            return SPECS.stream().allMatch(spec -> {
                byte[] found = new byte[(int) spec.sizeBytes()];
                reader.read(spec.name(), new Replicated(), MemorySegment.ofArray(found));
                return Arrays.equals(found, whole(spec.name()));
            });
        }
    }

    /// Changes the manifest and makes the sums fit, as another program would have written it.
    static void rewriteManifest(Path checkpoint, String from, String to) throws IOException {
        Path file = checkpoint.resolve("manifest.json");
        String old = Files.readString(file);
        assertThat(old).contains(from);
        byte[] changed = old.replace(from, to).getBytes(StandardCharsets.UTF_8);
        Path sums = checkpoint.resolve("SHA256SUMS");
        List<String> lines = Files.readAllLines(sums);
        Files.write(file, changed);
        Files.writeString(
                sums, Shard.sha256(changed) + "  manifest.json\n" + lines.get(1) + "\n" + lines.get(2) + "\n");
    }

    static Map<Section, Map<String, Object>> sections() {
        return Map.of(
                Section.MODEL, Map.of("hidden-size", 8, "epsilon", 1e-5),
                Section.TOKENIZER, Map.of("alphabet", List.of("a", "\n", "\u00e9", "\ud83d\ude00")));
    }

    /// Writes what rank `rank` of `size` has of every tensor.
    void writePartsOf(SafetensorsWriter writer, int rank, int size) {
        SPECS.forEach(spec -> writePart(writer, spec, rank, size));
    }

    private void writePart(SafetensorsWriter writer, TensorSpec spec, int rank, int size) {
        TensorPartition partition = partition(spec.name(), rank, size);
        if (partition.countsOnRank(rank)) {
            writer.writePart(spec.name(), partition, MemorySegment.ofArray(part(spec, partition)));
        }
    }

    private static TensorSpec f32(String name, long... extents) {
        return new TensorSpec(
                name, ElementType.F32, Arrays.stream(extents).boxed().toList());
    }
}
