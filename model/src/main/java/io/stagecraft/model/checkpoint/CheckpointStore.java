package io.stagecraft.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The folder of a run's checkpoints.
///
/// ```
/// <root>/step-00000300/model-00001-of-00002.safetensors  global tensors, one shard a pipeline stage
/// <root>/step-00000300/manifest.json                     what is in it
/// <root>/step-00000300/SHA256SUMS                        of all files, for `sha256sum -c` too
/// <root>/step-00000300.tmp/                              being written; never read
/// <root>/latest                                          name of the newest folder
/// ```
///
/// A folder with the final name is whole: it got the name by a rename after everything in it was on the
/// disk.
///
/// - Errors: [UncheckedIOException] naming the path.
/// - Thread: any; one run saves into a folder at a time.
public final class CheckpointStore {
    static final String LATEST = "latest";
    private static final Pattern STEP_FOLDER = Pattern.compile("step-([0-9]{8,18})");

    private final Path root;

    /// The checkpoints below `root`, which need not exist yet.
    public CheckpointStore(Path root) {
        this.root = root;
    }

    /// The folder.
    public Path root() {
        return root;
    }

    /// Begins to save step `step`: an empty temporary folder. What an earlier attempt left is deleted.
    public PendingCheckpoint begin(long step) {
        Path target = root.resolve(folderName(step));
        Path temporary = root.resolve(folderName(step) + ".tmp");
        try {
            DurableFiles.deleteRecursively(temporary);
            Files.createDirectories(temporary);
            return new PendingCheckpoint(root, temporary, target);
        } catch (IOException e) {
            throw failed("cannot begin a checkpoint in", temporary, e);
        }
    }

    /// All finished checkpoints, oldest step first. None if the folder does not exist.
    public List<Path> list() {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(root)) {
            return entries.filter(path -> isStepFolder(path) && Files.isDirectory(path))
                    .sorted(Comparator.comparingLong(CheckpointStore::step))
                    .toList();
        } catch (IOException e) {
            throw failed("cannot list", root, e);
        }
    }

    /// The checkpoint that the pointer file names, or the last step if there is no such pointer; empty
    /// if there is none.
    public Optional<Path> latest() {
        List<Path> all = list();
        Path pointer = root.resolve(LATEST);
        if (Files.isRegularFile(pointer)) {
            try {
                String name = new String(Files.readAllBytes(pointer), StandardCharsets.UTF_8).strip();
                for (Path path : all) {
                    if (path.getFileName().toString().equals(name)) {
                        return Optional.of(path);
                    }
                }
            } catch (IOException e) {
                throw failed("cannot read", pointer, e);
            }
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /// Opens a checkpoint, or the latest one of a folder of checkpoints. The caller closes it.
    ///
    /// - Errors: [CheckpointFormatException] naming file and field if it is not whole or of a newer
    ///   version.
    public static CheckpointReader open(Path path) {
        boolean isOne = Files.exists(path.resolve(ManifestJson.FILE)) || isStepFolder(path);
        return CheckpointReader.open(
                isOne ? path : new CheckpointStore(path).latest().orElse(path));
    }

    /// Whether `path` is a checkpoint or a folder that has some.
    static boolean isAt(Path path) {
        return Files.exists(path.resolve(ManifestJson.FILE))
                || isStepFolder(path)
                || !new CheckpointStore(path).list().isEmpty();
    }

    static String folderName(long step) {
        return String.format("step-%08d", step);
    }

    private static boolean isStepFolder(Path path) {
        return path.getNameCount() > 0
                && STEP_FOLDER.matcher(path.getFileName().toString()).matches();
    }

    private static long step(Path folder) {
        return Long.parseLong(folder.getFileName().toString().substring("step-".length()));
    }

    static UncheckedIOException failed(String doing, Path path, IOException e) {
        return new UncheckedIOException(doing + " " + path + ": " + e, e);
    }
}
