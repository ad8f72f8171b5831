package io.stagecraft.model.data;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// The folder of texts that are kept as tokens. Several processes may use it at once.
///
/// @param path of the folder; made if absent
/// @param remarks lines about what went wrong, none of which keeps a run from going on
record PreparedTextFolder(Path path, Consumer<String> remarks) {
    /// Runs of other settings or of another state of the code have files of their own.
    private static final int MOST_OTHERS = 3;

    private static final Pattern FILE = Pattern.compile("wordnet-[0-9a-f]{1,8}\\.tokens");
    private static final Pattern PART = Pattern.compile("wordnet-[0-9a-f]{1,8}\\.tokens[0-9]+\\.part");
    /// A file is written in seconds: what is older was left by a process that was killed.
    private static final Duration PART_IN_USE = Duration.ofHours(1);

    /// A file in the folder, and when it was written.
    private record Entry(Path path, FileTime written) {}

    /// The text that was made of what has `checksum`: from its file, or from `maker` and into the
    /// file.
    PreparedText get(String checksum, Supplier<PreparedText> maker) {
        var file = new PreparedTextFile(path.resolve("wordnet-" + checksum + ".tokens"));
        Optional<PreparedText> kept;
        try {
            kept = file.read();
        } catch (IOException e) {
            return made(
                    file,
                    maker,
                    List.of("the text was read anew, its tokens in " + file.path() + " are useless: " + e));
        }
        return kept.orElseGet(() -> made(file, maker, List.of()));
    }

    /// Of a folder that can be neither read nor written one line is said: `faults` are of a file
    /// that another could take the place of.
    private PreparedText made(PreparedTextFile file, Supplier<PreparedText> maker, List<String> faults) {
        PreparedText made = maker.get();
        try {
            file.write(made);
            faults.forEach(remarks);
            removeOld(file);
            // What later starts will do is done once here, where classes are counted for the launcher's
            // archive.
            return file.read().orElse(made);
        } catch (IOException e) {
            remarks.accept("the text as tokens cannot be kept in " + path + ", so every start takes longer: " + e);
            return made;
        }
    }

    /// Deletes files of this kind but `inUse` and the newest others, and parts that nobody writes.
    /// What has another name or does not begin like a file of ours stays, and so does what a link
    /// points to.
    private void removeOld(PreparedTextFile inUse) {
        try {
            List<Entry> others = entries(FILE).stream()
                    .filter(entry -> !entry.path.equals(inUse.path()))
                    .toList();
            for (Entry old : others.subList(Math.min(MOST_OTHERS, others.size()), others.size())) {
                if (PreparedTextFile.isMarked(old.path)) {
                    Files.deleteIfExists(old.path);
                }
            }
            Instant abandoned =
                    Files.getLastModifiedTime(inUse.path()).toInstant().minus(PART_IN_USE);
            for (Entry part : entries(PART)) {
                if (part.written.toInstant().isBefore(abandoned)) {
                    Files.deleteIfExists(part.path);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            remarks.accept("texts as tokens that are no longer used stay in " + path + ": " + e);
        }
    }

    /// Those whose names match, the newest first.
    private List<Entry> entries(Pattern name) throws IOException {
        var found = new ArrayList<Entry>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(path)) {
            for (Path one : all) {
                if (name.matcher(String.valueOf(one.getFileName())).matches()) {
                    found.addAll(entry(one).stream().toList());
                }
            }
        }
        found.sort(Comparator.comparing(Entry::written).reversed());
        return found;
    }

    private static Optional<Entry> entry(Path path) throws IOException {
        try {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isRegularFile()
                    ? Optional.of(new Entry(path, attributes.lastModifiedTime()))
                    : Optional.empty();
        } catch (NoSuchFileException _) {
            return Optional.empty(); // another process was faster
        }
    }
}
