package io.stagecraft.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The folder of a run's checkpoints.
///
/// ```
/// <root>/step-00000300/model-00001-of-00002.safetensors      weights, one shard a pipeline stage
/// <root>/step-00000300/optimizer-00001-of-00002.safetensors  Adam's moments of the same tensors
/// <root>/step-00000300/manifest.json                         what is in it
/// <root>/step-00000300/SHA256SUMS                            of all files, for `sha256sum -c` too
/// <root>/step-00000300.tmp/                                  being written; never read
/// <root>/step-00000300.replaced/                             makes room for one of the same step
/// <root>/step-00000100.old/                                  being removed; never read
/// <root>/latest                                              name of the newest folder
/// ```
///
/// A folder with the final name is whole: it got the name by a rename after everything in it was on
/// the disk. The pointer says which one the run saved last; checkpoints of later steps were left by
/// an earlier run in the same folder.
///
/// - Errors: [UncheckedIOException] naming the path.
/// - Thread: any; one run saves into a folder at a time.
public final class CheckpointStore {
    static final String LATEST = "latest";
    static final String TEMPORARY = ".tmp";
    static final String OLD = ".old";
    private static final Pattern STEP_FOLDER = Pattern.compile("step-([0-9]{8,18})");
    private static final Pattern LEFTOVER = Pattern.compile("step-[0-9]{8,18}\\.(tmp|old|replaced)|latest\\.tmp");

    private final Path root;
    private final DurableFiles files;

    /// The checkpoints below `root`, which need not exist yet.
    public CheckpointStore(Path root) {
        this(root, Failpoints.none());
    }

    /// As above; `failpoints` are told of each step of a save.
    public CheckpointStore(Path root, Failpoints failpoints) {
        this.root = root;
        this.files = new DurableFiles(failpoints);
    }

    /// The folder.
    public Path root() {
        return root;
    }

    /// Puts in order what a save that was killed left: unfinished and half removed folders go, a
    /// checkpoint that had made room for one that never came gets its name back. Returns what was
    /// found, for the log.
    ///
    /// Call it before [#newestIntact], and only in a run that saves here.
    public List<Path> recover() {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(root)) {
            List<Path> leftovers = entries.filter(path ->
                            LEFTOVER.matcher(path.getFileName().toString()).matches())
                    .sorted()
                    .toList();
            for (Path leftover : leftovers) {
                tidy(leftover);
            }
            return leftovers;
        } catch (IOException e) {
            throw failed("cannot tidy", root, e);
        }
    }

    private static void tidy(Path leftover) throws IOException {
        String name = leftover.getFileName().toString();
        Path target = leftover.resolveSibling(name.substring(0, name.lastIndexOf('.')));
        if (name.endsWith(PendingCheckpoint.REPLACED) && !Files.exists(target)) {
            Files.move(leftover, target);
        } else {
            DurableFiles.deleteRecursively(leftover);
        }
    }

    /// Begins to save step `step`: an empty temporary folder. What an earlier attempt left is
    /// deleted.
    public PendingCheckpoint begin(long step) {
        Path target = root.resolve(folderName(step));
        Path temporary = root.resolve(folderName(step) + TEMPORARY);
        try {
            DurableFiles.deleteRecursively(temporary);
            Files.createDirectories(temporary);
            files.failpoints().reached(Failpoint.FOLDER_CREATED);
            return new PendingCheckpoint(root, temporary, target, files);
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

    /// The checkpoint that the pointer file names, or the last step if there is no such pointer;
    /// empty if there is none.
    public Optional<Path> latest() {
        return newestFirst().stream().findFirst();
    }

    /// The order in which checkpoints are to be tried: that of the pointer, then those of earlier
    /// steps, last those of later steps, which an earlier run left; each group from its last step
    /// on. Without a pointer all from the last step on.
    private List<Path> newestFirst() {
        List<Path> all = list().reversed();
        List<Path> named = all.stream()
                .filter(path -> path.getFileName().toString().equals(pointer()))
                .toList();
        var order = new ArrayList<Path>();
        for (Path newest : named) {
            int at = all.indexOf(newest);
            order.addAll(all.subList(at, all.size()));
            order.addAll(all.subList(0, at));
        }
        return order.isEmpty() ? all : order;
    }

    private String pointer() {
        Path pointer = root.resolve(LATEST);
        try {
            return Files.isRegularFile(pointer) && Files.size(pointer) <= 64
                    ? new String(Files.readAllBytes(pointer), StandardCharsets.ISO_8859_1).strip()
                    : "";
        } catch (IOException e) {
            throw failed("cannot read", pointer, e);
        }
    }

    /// The newest checkpoint of which every byte was read and is as it was written; empty if there
    /// is none. Each one that is damaged is told to `damaged` and the next older one is tried.
    ///
    /// Reads whole checkpoints: afterwards they lie in the operating system's memory, for [#open].
    ///
    /// - Errors: [NewerVersionException] if the newest is of a version that this program does not
    ///   know.
    public Optional<Path> newestIntact(Consumer<CheckpointFormatException> damaged) {
        for (Path candidate : newestFirst()) {
            try (CheckpointReader reader = CheckpointReader.open(candidate)) {
                reader.check();
                return Optional.of(candidate);
            } catch (NewerVersionException e) {
                throw e;
            } catch (CheckpointFormatException e) {
                damaged.accept(e);
            } catch (UncheckedIOException e) {
                damaged.accept(new CheckpointFormatException(candidate, "file", 0, String.valueOf(e.getMessage())));
            }
        }
        return Optional.empty();
    }

    /// Removes checkpoints of earlier steps than `newest`, which was committed just now, but for
    /// the last `keep - 1`, and all of later steps, with which no run can go on: they are damaged,
    /// or of a run that this one replaces. Before that `newest` is read back.
    ///
    /// - Errors: [CheckpointFormatException] if `newest` is not as it was written: then nothing is
    ///   removed.
    public void retain(Path newest, int keep) {
        try (CheckpointReader reader = CheckpointReader.open(newest)) {
            reader.check();
        }
        List<Path> all = list();
        int at = all.indexOf(newest);
        if (at < 0) {
            throw new IllegalArgumentException("to be kept is " + newest + ", but in " + root + " there are " + all);
        }
        var superfluous = new ArrayList<>(all.subList(0, Math.max(0, at + 1 - keep)));
        superfluous.addAll(all.subList(at + 1, all.size()));
        try {
            files.failpoints().reached(Failpoint.VERIFIED);
            for (Path folder : superfluous) {
                remove(folder);
            }
        } catch (IOException e) {
            throw failed("cannot remove old checkpoints in", root, e);
        }
    }

    /// A folder that is removed by half must not look like a damaged checkpoint.
    private void remove(Path folder) throws IOException {
        Path old = folder.resolveSibling(folder.getFileName() + OLD);
        DurableFiles.deleteRecursively(old);
        Files.move(folder, old);
        files.failpoints().reached(Failpoint.OLD_ASIDE);
        DurableFiles.deleteRecursively(old);
        files.failpoints().reached(Failpoint.OLD_REMOVED);
    }

    /// The checkpoints at `path`: itself if it is one, otherwise those in it, oldest step first.
    public static List<Path> at(Path path) {
        return isOne(path) ? List.of(path) : new CheckpointStore(path).list();
    }

    private static boolean isOne(Path path) {
        return Files.exists(path.resolve(ManifestJson.FILE)) || isStepFolder(path);
    }

    /// The newest of the checkpoints [#at] `path`; empty if there is none.
    public static Optional<Path> latestAt(Path path) {
        return isOne(path) ? Optional.of(path) : new CheckpointStore(path).latest();
    }

    /// Opens a checkpoint, or the latest one of a folder of checkpoints. The caller closes it.
    ///
    /// - Errors: [CheckpointFormatException] naming file and field if it is not whole or of a newer
    ///   version.
    public static CheckpointReader open(Path path) {
        return CheckpointReader.open(latestAt(path).orElse(path));
    }

    /// Whether `path` is a checkpoint or a folder that has some.
    public static boolean isAt(Path path) {
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
