package io.stagecraft.model.checkpoint;

import io.stagecraft.model.checkpoint.Manifest.RunPosition;
import io.stagecraft.model.checkpoint.Manifest.SavedTensor;
import io.stagecraft.model.checkpoint.Manifest.Section;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A checkpoint that is being written. It becomes one when [#commit] returns; closed before that, it
/// never was.
///
/// Each stage makes its shard, its ranks write their parts, `finish` and `close` it, and sum it up with
/// [Shard#of]; one thread commits when all have.
///
/// - Errors: `UncheckedIOException` naming the path.
public final class PendingCheckpoint implements AutoCloseable {
    static final String SUMS = "SHA256SUMS";

    private final Path root;
    private final Path temporary;
    private final Path target;

    PendingCheckpoint(Path root, Path temporary, Path target) {
        this.root = root;
        this.temporary = temporary;
        this.target = target;
    }

    /// Where the shards lie until the commit.
    public Path folder() {
        return temporary;
    }

    /// A new shard for `tensors`; the caller finishes and closes it. Thread: any.
    public SafetensorsWriter shard(String fileName, List<TensorSpec> tensors) {
        return SafetensorsWriter.create(temporary.resolve(fileName), tensors, Map.of("format", "pt"));
    }

    /// Makes the checkpoint of these finished shards last, and returns its folder. A checkpoint of the
    /// same step is replaced.
    ///
    /// Order: the shards are on the disk already; manifest and sums with fsync and rename, fsync of the
    /// folder, rename of the folder, fsync of its parent, pointer by rename.
    public Path commit(RunPosition position, Map<Section, Map<String, Object>> sections, List<Shard> shards) {
        var tensors = new ArrayList<SavedTensor>();
        for (Shard shard : shards) {
            try (SafetensorsFile file = SafetensorsFile.open(temporary.resolve(shard.file()))) {
                file.tensors().forEach(spec -> tensors.add(new SavedTensor(spec, shard.file())));
            }
        }
        byte[] manifest = ManifestJson.encode(new Manifest(position, sections, shards, tensors));
        try {
            DurableFiles.replace(temporary.resolve(ManifestJson.FILE), manifest);
            DurableFiles.replace(temporary.resolve(SUMS), sums(manifest, shards));
            moveIntoPlace();
            DurableFiles.replace(
                    root.resolve(CheckpointStore.LATEST),
                    (target.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw CheckpointStore.failed("cannot commit checkpoint", target, e);
        }
        return target;
    }

    private void moveIntoPlace() throws IOException {
        Path replaced = target.resolveSibling(target.getFileName() + ".replaced");
        DurableFiles.deleteRecursively(replaced);
        if (Files.exists(target)) {
            DurableFiles.rename(target, replaced);
        }
        DurableFiles.rename(temporary, target);
        DurableFiles.deleteRecursively(replaced);
    }

    /// What `sha256sum` prints for the manifest and the shards.
    static byte[] sums(byte[] manifest, List<Shard> shards) {
        var lines = new StringBuilder(Shard.sha256(manifest) + "  " + ManifestJson.FILE + "\n");
        for (Shard shard : shards) {
            lines.append(shard.sha256()).append("  ").append(shard.file()).append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /// Deletes what was written, unless it was committed.
    @Override
    public void close() {
        try {
            DurableFiles.deleteRecursively(temporary);
        } catch (IOException e) {
            throw CheckpointStore.failed("cannot delete the unfinished checkpoint", temporary, e);
        }
    }
}
