package io.stagecraft.model.checkpoint;

import io.stagecraft.model.checkpoint.Manifest.RunPosition;
import io.stagecraft.model.checkpoint.Manifest.SavedTensor;
import io.stagecraft.model.checkpoint.Manifest.Section;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A checkpoint that is being written. It becomes one when [#commit] returns; closed before that,
/// it never was.
///
/// Each rank of a stage joins its stage's shard with [#joinShard] or has one of its own, writes its
/// parts, then `complete` and `close`; when all have, one thread calls [#sumUp] and [#commit].
/// Ranks leave their bytes to the page cache, so they wait for memory only; [#sumUp] waits for the
/// disk.
///
/// - Errors: `UncheckedIOException` naming the path.
public final class PendingCheckpoint implements AutoCloseable {
    static final String SUMS = "SHA256SUMS";
    static final String REPLACED = ".replaced";
    private static final Pattern NUMBERED = Pattern.compile("(.+)-[0-9]{5}-of-([0-9]{5})\\.safetensors");
    /// Other tools expect to read it: the tensors are as PyTorch stores them.
    private static final Map<String, String> METADATA = Map.of("format", "pt");

    private final Path root;
    private final Path temporary;
    private final Path target;
    private final DurableFiles files;

    PendingCheckpoint(Path root, Path temporary, Path target, DurableFiles files) {
        this.root = root;
        this.temporary = temporary;
        this.target = target;
        this.files = files;
    }

    /// Where the shards lie until the commit.
    public Path folder() {
        return temporary;
    }

    /// A new shard for `tensors`; the caller finishes and closes it. Thread: any.
    public SafetensorsWriter shard(String fileName, List<TensorSpec> tensors) {
        return SafetensorsWriter.create(temporary.resolve(fileName), tensors, METADATA);
    }

    /// A new shard at `file`, in the [#folder] of a pending checkpoint, of which a rank knows only
    /// the path; the caller completes and closes it. Thread: any.
    public static SafetensorsWriter shardIn(Path file, List<TensorSpec> tensors) {
        return SafetensorsWriter.create(file, tensors, METADATA);
    }

    /// A writer of one rank for the shard `fileName` in `folder`, the [#folder] of a pending
    /// checkpoint, of which the rank knows only the path; see [SafetensorsWriter#join]. Thread:
    /// any.
    public static SafetensorsWriter joinShard(Path folder, String fileName, List<TensorSpec> tensors) {
        return SafetensorsWriter.join(folder.resolve(fileName), tensors, METADATA);
    }

    /// Sums up all shards in the folder, in the order of their names, for [#commit], and waits
    /// until they are on the disk.
    ///
    /// - Errors: [IllegalStateException] if one of `...-of-N` is missing.
    public List<Shard> sumUp() {
        try {
            files.failpoints().reached(Failpoint.SHARDS_WRITTEN);
            List<Path> shards = shardFiles();
            shards.forEach(this::requireSiblings);
            List<FutureTask<Path>> writing = shards.stream()
                    .map(shard -> new FutureTask<>(() -> synced(shard)))
                    .toList();
            // the disk works while the processor sums up
            Thread.ofPlatform().name("checkpoint-writing").daemon().start(() -> writing.forEach(FutureTask::run));
            List<Shard> sums = shards.parallelStream().map(Shard::of).toList();
            for (FutureTask<Path> shard : writing) {
                files.failpoints().reached(Failpoint.SHARD_SUMMED);
                awaitWritten(shard);
                files.failpoints().reached(Failpoint.SHARD_SYNCED);
            }
            return sums;
        } catch (IOException e) {
            throw CheckpointStore.failed("cannot write the shards in", temporary, e);
        }
    }

    private static Path synced(Path shard) throws IOException {
        DurableFiles.sync(shard);
        return shard;
    }

    private static void awaitWritten(FutureTask<Path> writing) throws IOException {
        try {
            writing.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException("waiting for a shard to be on the disk", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a shard was written to the disk");
        }
    }

    private List<Path> shardFiles() throws IOException {
        try (Stream<Path> all = Files.list(temporary)) {
            return all.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
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

    /// Makes the checkpoint of these shards, which are on the disk, last, and returns its folder. A
    /// checkpoint of the same step is replaced.
    ///
    /// Order: manifest and sums with fsync, fsync of the folder, rename of the folder, fsync of its
    /// parent, pointer with fsync and rename, fsync of its folder.
    public Path commit(RunPosition position, Map<Section, Map<String, Object>> sections, List<Shard> shards) {
        var tensors = new ArrayList<SavedTensor>();
        for (Shard shard : shards) {
            try (SafetensorsFile file = SafetensorsFile.open(temporary.resolve(shard.file()))) {
                file.tensors().forEach(spec -> tensors.add(new SavedTensor(spec, shard.file())));
            }
        }
        byte[] manifest =
                ManifestJson.encode(new Manifest(Manifest.FORMAT_VERSION, position, sections, shards, tensors));
        try {
            files.write(
                    temporary.resolve(ManifestJson.FILE),
                    manifest,
                    Failpoint.MANIFEST_WRITTEN,
                    Failpoint.MANIFEST_SYNCED);
            files.write(temporary.resolve(SUMS), sums(manifest, shards), Failpoint.SUMS_WRITTEN, Failpoint.SUMS_SYNCED);
            files.syncFolder(temporary, Failpoint.FOLDER_SYNCED);
            moveIntoPlace();
            files.replacePointer(
                    root.resolve(CheckpointStore.LATEST),
                    (target.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw CheckpointStore.failed("cannot commit checkpoint", target, e);
        }
        return target;
    }

    private void moveIntoPlace() throws IOException {
        Path replaced = target.resolveSibling(target.getFileName() + REPLACED);
        DurableFiles.deleteRecursively(replaced);
        try {
            if (Files.exists(target)) {
                Files.move(target, replaced);
                files.failpoints().reached(Failpoint.REPLACED_ASIDE);
            }
            files.rename(temporary, target, Failpoint.FOLDER_RENAMED, Failpoint.PARENT_SYNCED);
        } catch (IOException e) {
            putBack(replaced, e);
            throw e;
        }
        DurableFiles.deleteRecursively(replaced);
    }

    private void putBack(Path replaced, IOException cause) {
        if (!Files.exists(replaced) || Files.exists(target)) {
            return;
        }
        try {
            Files.move(replaced, target);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
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
