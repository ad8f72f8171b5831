package io.stagecraft.model.checkpoint;

import io.stagecraft.model.checkpoint.Manifest.SavedTensor;
import io.stagecraft.model.parallel.TensorPartition;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// An open checkpoint: copies any part of any tensor, whatever layout wrote it.
///
/// Opening checks the manifest against its sum, version, sizes of the shards and that each has the
/// tensors it should; [#verify] reads every byte.
///
/// - Errors: [CheckpointFormatException] naming file, field and byte; `UncheckedIOException` if it
///   cannot be read.
/// - Thread: any, several ranks at once; access after [#close] throws.
public final class CheckpointReader implements AutoCloseable {
    private static final long MAX_MANIFEST_BYTES = 64L * 1024 * 1024;

    private final Path folder;
    private final Manifest manifest;
    private final Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    private final Map<String, SavedTensor> tensors = new LinkedHashMap<>();

    private CheckpointReader(Path folder, Manifest manifest) {
        this.folder = folder;
        this.manifest = manifest;
        manifest.tensors().forEach(tensor -> tensors.put(tensor.spec().name(), tensor));
    }

    static CheckpointReader open(Path folder) {
        var reader = new CheckpointReader(folder, readManifest(folder));
        try {
            reader.openShards();
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
        return reader;
    }

    private static Manifest readManifest(Path folder) {
        Path file = folder.resolve(ManifestJson.FILE);
        byte[] bytes = readSmall(file);
        Path sumsFile = folder.resolve(PendingCheckpoint.SUMS);
        byte[] sums = readSmall(sumsFile);
        String first = Shard.sha256(bytes) + "  " + ManifestJson.FILE + "\n";
        if (!new String(sums, StandardCharsets.ISO_8859_1).startsWith(first)) {
            throw new CheckpointFormatException(
                    file, "SHA-256", 0, "the manifest or " + PendingCheckpoint.SUMS + " is damaged: they do not agree");
        }
        Manifest manifest = new ManifestJson(file).decode(bytes);
        byte[] expected = PendingCheckpoint.sums(bytes, manifest.shards());
        if (!Arrays.equals(expected, sums)) {
            throw new CheckpointFormatException(
                    sumsFile,
                    "sums",
                    Arrays.mismatch(expected, sums),
                    "differs from what the manifest says of the shards");
        }
        return manifest;
    }

    private static byte[] readSmall(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new CheckpointFormatException(
                        file, "file", 0, "is not there: the folder is no checkpoint, or one that was never finished");
            }
            long size = Files.size(file);
            if (size > MAX_MANIFEST_BYTES) {
                throw new CheckpointFormatException(file, "file size", 0, size + " bytes are too many");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw CheckpointStore.failed("cannot read", file, e);
        }
    }

    private void openShards() {
        for (Shard shard : manifest.shards()) {
            Path path = folder.resolve(shard.file());
            if (!Files.isRegularFile(path)) {
                throw new CheckpointFormatException(path, "file", 0, "the shard is not there");
            }
            try {
                shard.requireSize(path, Files.size(path));
            } catch (IOException e) {
                throw CheckpointStore.failed("cannot read", path, e);
            }
            shards.put(shard.file(), SafetensorsFile.open(path));
        }
        for (SavedTensor tensor : manifest.tensors()) {
            requireThere(tensor);
        }
    }

    private void requireThere(SavedTensor tensor) {
        SafetensorsFile file = shard(tensor);
        String name = tensor.spec().name();
        if (!file.contains(name) || !file.spec(name).equals(tensor.spec())) {
            throw new CheckpointFormatException(
                    file.path(),
                    CheckpointFormatException.printable(name),
                    0,
                    "the manifest says " + tensor.spec() + " but the shard has "
                            + (file.contains(name) ? file.spec(name).toString() : "no such tensor"));
        }
    }

    private SafetensorsFile shard(SavedTensor tensor) {
        if (!shards.containsKey(tensor.shard())) {
            throw new IllegalStateException(folder + ": shard " + tensor.shard() + " is not open");
        }
        return shards.get(tensor.shard());
    }

    /// Its folder.
    public Path folder() {
        return folder;
    }

    /// What is in it.
    public Manifest manifest() {
        return manifest;
    }

    /// Reads every shard and compares the sums of its blocks: as [#verify] without SHA-256, for a
    /// run that is to start soon. Several threads at once.
    public void check() {
        manifest.shards().forEach(shard -> shard.check(folder));
    }

    /// Reads every shard and compares all its sums.
    public void verify() {
        manifest.shards().forEach(shard -> shard.verify(folder));
    }

    /// Whether there is a tensor `name`.
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    /// Type and extents of the global tensor `name`.
    public TensorSpec spec(String name) {
        if (!tensors.containsKey(name)) {
            throw new IllegalArgumentException("the checkpoint " + folder + " has no tensor "
                    + CheckpointFormatException.printable(name) + "; was it saved from another model?");
        }
        return tensors.get(name).spec();
    }

    /// Copies the part `partition` of tensor `name` into `destination`, without gaps and bit for
    /// bit.
    ///
    /// - Errors: [IllegalArgumentException] if the sizes differ or the tensor does not divide.
    public void read(String name, TensorPartition partition, MemorySegment destination) {
        TensorSpec spec = spec(name);
        PartitionSlices slices = PartitionSlices.of(spec, partition);
        if (destination.byteSize() != slices.sizeBytes()) {
            throw new IllegalArgumentException("loading " + partition + " of " + spec + " from " + folder
                    + ": the destination has " + destination.byteSize() + " bytes but the part has "
                    + slices.sizeBytes());
        }
        MemorySegment source = shard(tensors.get(name)).tensor(name);
        long from = slices.offsetBytes();
        long to = 0;
        for (long piece = 0; piece < slices.numPieces(); piece++) {
            MemorySegment.copy(source, from, destination, to, slices.pieceBytes());
            from += slices.strideBytes();
            to += slices.pieceBytes();
        }
        // pages of the file would count as memory of this process until it is closed
        source.unload();
    }

    @Override
    public void close() {
        shards.values().forEach(SafetensorsFile::close);
        shards.clear();
    }
}
