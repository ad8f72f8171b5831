package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.pickle.TorchFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of one saved iteration.
///
/// ```
/// <save>/latest_checkpointed_iteration.txt             a number, or the word release
/// <save>/iter_0000100/mp_rank_00/model_optim_rng.pt      tensor rank, if there is one stage
/// <save>/iter_0000100/mp_rank_00_001/model_optim_rng.pt  tensor rank and stage
/// <save>/release/mp_rank_00/model_optim_rng.pt           weights alone
/// ```
///
/// Source: Megatron-LM, `megatron/checkpointing.py`, `get_checkpoint_name`.
///
/// @param path the folder or file that has them
/// @param kind whether weights alone
/// @param numStages stages
/// @param shards by tensor rank, then stage
record MegatronFiles(Path path, Kind kind, int numStages, List<Shard> shards) {
    static final String FILE = "model_optim_rng.pt";
    static final String TRACKER = "latest_checkpointed_iteration.txt";
    private static final String RELEASE = "release";
    private static final int MAX_TRACKER_BYTES = 64;
    private static final Pattern RANK = Pattern.compile("mp_rank_(\\d{2,3})(?:_(\\d{3}))?");
    private static final Pattern ITERATION = Pattern.compile("iter_(\\d{7,9})");
    private static final Pattern ENTRY = Pattern.compile("(.*?)(mp_rank_\\d{2,3}(?:_\\d{3})?)/model_optim_rng\\.pt");

    /// What was saved.
    enum Kind {
        /// An iteration of a run.
        ITERATION,
        /// Weights alone.
        RELEASE
    }

    /// A file of one tensor rank of one stage.
    ///
    /// @param tensorRank its tensor rank
    /// @param stage its stage
    /// @param file the file, or the zip file that it lies in
    /// @param entry its name in the zip file; empty if it lies in none
    record Shard(int tensorRank, int stage, Path file, String entry) {
        TorchFile open() {
            return entry.isEmpty() ? TorchFile.open(file) : TorchFile.openInside(file, entry);
        }
    }

    int numTensorRanks() {
        return shards.size() / numStages;
    }

    Shard shard(int tensorRank, int stage) {
        return shards.get(tensorRank * numStages + stage);
    }

    /// Whether `path` looks like Megatron-LM's.
    static boolean areAt(Path path) {
        if (Files.isDirectory(path)) {
            return Files.exists(path.resolve(TRACKER))
                    || Files.exists(path.resolve(FILE))
                    || !rankFolders(path).isEmpty()
                    || newest(path).isPresent()
                    || RANK.matcher(String.valueOf(path.getFileName())).matches();
        }
        String name = String.valueOf(path.getFileName());
        return name.endsWith(".pt") || name.endsWith(".zip");
    }

    /// The files at `path`: the folder of a run, of an iteration or of a rank, a file, or a zip
    /// file of them.
    ///
    /// - Errors: [CheckpointFormatException] naming the file that is missing or wrong.
    static MegatronFiles find(Path path) {
        if (Files.isRegularFile(path)) {
            return ofFile(path);
        }
        if (!Files.isDirectory(path)) {
            throw new CheckpointFormatException(path, "folder", 0, "is not there");
        }
        if (Files.exists(path.resolve(FILE))) {
            return ofFile(path.resolve(FILE));
        }
        Path tracker = path.resolve(TRACKER);
        if (Files.exists(tracker)) {
            return ofIteration(path.resolve(named(tracker)));
        }
        return ofIteration(rankFolders(path).isEmpty() ? newest(path).orElse(path) : path);
    }

    private static String named(Path tracker) {
        try {
            if (Files.size(tracker) > MAX_TRACKER_BYTES) {
                throw new CheckpointFormatException(tracker, "iteration", 0, "expected a number or the word release");
            }
            String text = new String(Files.readAllBytes(tracker), StandardCharsets.ISO_8859_1).strip();
            if (text.equals(RELEASE)) {
                return RELEASE;
            }
            if (text.matches("\\d{1,9}")) {
                return "iter_%07d".formatted(Integer.parseInt(text));
            }
            throw new CheckpointFormatException(
                    tracker,
                    "iteration",
                    0,
                    "expected a number or the word release but found " + CheckpointFormatException.printable(text));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + tracker + ": " + e.getMessage(), e);
        }
    }

    private static MegatronFiles ofFile(Path file) {
        List<String> inside = TorchFile.entries(file).stream()
                .filter(name -> ENTRY.matcher(name).matches())
                .toList();
        if (!inside.isEmpty()) {
            return ofZip(file, inside);
        }
        Path folder = file.toAbsolutePath().normalize().getParent();
        if (RANK.matcher(String.valueOf(folder.getFileName())).matches()
                && file.getFileName().toString().equals(FILE)) {
            return ofIteration(folder.getParent());
        }
        return new MegatronFiles(file, kind(folder), 1, List.of(new Shard(0, 0, file, "")));
    }

    private static MegatronFiles ofZip(Path zip, List<String> names) {
        var folders = new TreeSet<String>();
        var shards = new ArrayList<Shard>();
        for (String name : names) {
            Matcher entry = ENTRY.matcher(name);
            if (entry.matches()) {
                folders.add(entry.group(1));
                shards.add(shard(entry.group(2), zip, name));
            }
        }
        if (folders.size() != 1) {
            throw new CheckpointFormatException(
                    zip, "zip directory", 0, "several checkpoints, " + folders.size() + "; unpack it and name one");
        }
        boolean release = folders.first().endsWith(RELEASE + "/");
        return grid(zip, release ? Kind.RELEASE : Kind.ITERATION, shards);
    }

    private static MegatronFiles ofIteration(Path folder) {
        var shards = new ArrayList<Shard>();
        for (Path rank : rankFolders(folder)) {
            shards.add(shard(rank.getFileName().toString(), rank.resolve(FILE), ""));
        }
        return grid(folder, kind(folder), shards);
    }

    private static Kind kind(Path folder) {
        return String.valueOf(folder.getFileName()).equals(RELEASE) ? Kind.RELEASE : Kind.ITERATION;
    }

    private static Shard shard(String rankFolder, Path file, String entry) {
        Matcher rank = RANK.matcher(rankFolder);
        if (!rank.matches()) {
            throw new IllegalArgumentException(rankFolder);
        }
        int stage = rank.group(2) instanceof String number ? Integer.parseInt(number) : 0;
        return new Shard(Integer.parseInt(rank.group(1)), stage, file, entry);
    }

    private static MegatronFiles grid(Path path, Kind kind, List<Shard> found) {
        List<Shard> shards = found.stream()
                .sorted(Comparator.comparingInt(Shard::tensorRank).thenComparingInt(Shard::stage))
                .toList();
        if (shards.isEmpty()) {
            throw new CheckpointFormatException(path, "folder", 0, "has no mp_rank_00/" + FILE);
        }
        int numStages = shards.stream().mapToInt(Shard::stage).max().getAsInt() + 1;
        for (int i = 0; i < shards.size() || i % numStages != 0; i++) {
            int rank = i / numStages;
            int stage = i % numStages;
            if (i == shards.size()
                    || shards.get(i).tensorRank() != rank
                    || shards.get(i).stage() != stage) {
                throw new CheckpointFormatException(
                        path,
                        "folders mp_rank_*",
                        0,
                        "expected every tensor rank of " + numStages + " stages but that of tensor rank " + rank
                                + ", stage " + stage + " is missing or there twice");
            }
        }
        return new MegatronFiles(path, kind, numStages, shards);
    }

    private static List<Path> rankFolders(Path folder) {
        return children(folder, RANK);
    }

    /// The last iteration's folder, or `release`.
    private static Optional<Path> newest(Path folder) {
        List<Path> iterations = children(folder, ITERATION);
        if (!iterations.isEmpty()) {
            return Optional.of(iterations.getLast());
        }
        Path release = folder.resolve(RELEASE);
        return Files.isDirectory(release) ? Optional.of(release) : Optional.empty();
    }

    private static List<Path> children(Path folder, Pattern name) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(
                            path -> name.matcher(path.getFileName().toString()).matches() && Files.isDirectory(path))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder + ": " + e.getMessage(), e);
        }
    }
}
