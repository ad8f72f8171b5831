package io.stagecraft.model.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;

/// Finds the index of one data set in a cache, or builds it, and writes it there if it can.
///
/// Files that are not the index of these data and arguments are left alone and not used. Each file
/// is written under another name and moved into place whole.
///
/// - Source: names and contents of the files as Megatron-LM's.
final class GptIndexStore {
    private static final List<String> KINDS = List.of("doc_idx", "sample_idx", "shuffle_idx");

    private final TokenItems items;
    private final GptIndexPlan plan;
    private final long seed;
    private final Arena arena;

    /// Indexes live until `arena` closes.
    GptIndexStore(TokenItems items, GptIndexPlan plan, long seed, Arena arena) {
        this.items = items;
        this.plan = plan;
        this.seed = seed;
        this.arena = arena;
    }

    /// An index and, in words for the operator, where it is from.
    record Found(GptIndex index, String origin) {}

    /// The index of part `name` (`train`, `valid` or `test`) of the data under `prefix`.
    Found open(IndexCache cache, Path prefix, String name) {
        return switch (cache) {
            case IndexCache.BesideData _ -> open(prefix.toAbsolutePath(), name);
            case IndexCache.Folder(Path folder) -> open(folder.resolve(prefix.getFileName()), name);
            case IndexCache.None _ -> new Found(inMemory(), "index in memory");
        };
    }

    private Found open(Path prefix, String name) {
        List<Path> files = KINDS.stream()
                .map(kind -> prefix.resolveSibling(fileName(prefix, name, kind)))
                .toList();
        String shown = files.getFirst().toString().replace("_doc_idx.npy", "_*.npy");
        try {
            if (!files.stream().allMatch(Files::exists)) {
                write(files);
                return new Found(read(files), "index written to " + shown);
            }
            return new Found(read(files), "index read from " + shown);
        } catch (NpyFormatException e) {
            return new Found(inMemory(), "index in memory, for the files do not fit these data; " + e.getMessage());
        } catch (IOException | UncheckedIOException e) {
            return new Found(inMemory(), "index in memory, for the files cannot be written or read; " + e);
        }
    }

    private String fileName(Path prefix, String name, String kind) {
        return prefix.getFileName() + "_" + name + "_indexmap_" + plan.requestedSamples() + "ns_"
                + plan.sequenceLength() + "sl_" + seed + "s_" + kind + ".npy";
    }

    private GptIndex inMemory() {
        var index = new GptIndex(
                NpyArray.allocate(plan.documentShape(), arena),
                NpyArray.allocate(plan.sampleShape(), arena),
                NpyArray.allocate(plan.shuffleShape(), arena));
        index.fill(items, plan, seed);
        return index;
    }

    private GptIndex read(List<Path> files) {
        var index = new GptIndex(
                NpyFile.map(files.get(0), plan.documentShape(), arena),
                NpyFile.map(files.get(1), plan.sampleShape(), arena),
                NpyFile.map(files.get(2), plan.shuffleShape(), arena));
        new GptIndexCheck(plan, files).check(index);
        return index;
    }

    private void write(List<Path> files) throws IOException {
        Files.createDirectories(files.getFirst().getParent());
        String suffix = "." + UUID.randomUUID() + ".part";
        List<Path> parts = files.stream()
                .map(file -> file.resolveSibling(file.getFileName() + suffix))
                .toList();
        try {
            try (Arena writing = Arena.ofShared()) {
                var index = new GptIndex(
                        NpyFile.create(parts.get(0), plan.documentShape(), writing),
                        NpyFile.create(parts.get(1), plan.sampleShape(), writing),
                        NpyFile.create(parts.get(2), plan.shuffleShape(), writing));
                index.fill(items, plan, seed);
                index.force();
            }
            for (int i = 0; i < parts.size(); i++) {
                Files.move(parts.get(i), files.get(i), StandardCopyOption.ATOMIC_MOVE);
            }
        } finally {
            for (Path part : parts) {
                Files.deleteIfExists(part);
            }
        }
    }
}
