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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A checkpoint that is being written. It becomes one when [#commit] returns; closed before that, it
/// never was.
///
/// Each rank of a stage joins its stage's shard with [#joinShard], writes its parts, then `finish` and
/// `close`; when all have, one thread calls [#sumUp] and [#commit].
///
/// - Errors: `UncheckedIOException` naming the path.
public final class PendingCheckpoint implements AutoCloseable {
    static final String SUMS = "SHA256SUMS";
    private static final Pattern NUMBERED = Pattern.compile("(.+)-[0-9]{5}-of-([0-9]{5})\\.safetensors");
    /// Other tools expect to read it: the tensors are as PyTorch stores them.
    private static final Map<String, String> METADATA = Map.of("format", "pt");

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
        return SafetensorsWriter.create(temporary.resolve(fileName), tensors, METADATA);
    }

    /// A writer of one rank for the shard `fileName` in `folder`, the [#folder] of a pending
    /// checkpoint, of which the rank knows only the path; see [SafetensorsWriter#join]. Thread: any.
    public static SafetensorsWriter joinShard(Path folder, String fileName, List<TensorSpec> tensors) {
        return SafetensorsWriter.join(folder.resolve(fileName), tensors, METADATA);
    }

    /// Sums up all shards in the folder, in the order of their names, for [#commit].
    ///
    /// - Errors: [IllegalStateException] if one of `...-of-N` is missing.
    public List<Shard> sumUp() {
        try (Stream<Path> files = Files.list(temporary)) {
            List<Path> sorted = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
            sorted.forEach(this::requireSiblings);
            return sorted.stream().map(Shard::of).toList();
        } catch (IOException e) {
            throw CheckpointStore.failed("cannot list", temporary, e);
        }
    }

    private void requireSiblings(Path file) {
        Matcher parts = NUMBERED.matcher(file.getFileName().toString());
        int numShards = parts.matches() ? Integer.parseInt(parts.group(2)) : 0;
        for (int i = 1; i <= numShards; i++) {
            String sibling = String.format("%s-%05d-of-%05d.safetensors", parts.group(1), i, numShards);
            if (!Files.exists(temporary.resolve(sibling))) {
                throw new IllegalStateException("saving " + target + ": the shard " + sibling
                        + " is missing; every stage must write its own before the commit");
            }
        }
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
