package io.stagecraft.actors.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Prompts of the arguments and of files.
final class PromptLines {
    /// Larger files hold more than prompts.
    private static final long MOST_BYTES = 16L << 20;

    private PromptLines() {}

    /// `prompts`, then the lines of `files`, which are resolved against `folder`. An empty line is an empty
    /// prompt.
    ///
    /// - Errors: [IllegalArgumentException] naming every file that cannot be read.
    static List<String> read(List<String> prompts, List<Path> files, Path folder) {
        var all = new ArrayList<>(prompts);
        var faults = new ArrayList<String>();
        for (Path named : files) {
            Path file = folder.resolve(named);
            try {
                if (Files.size(file) > MOST_BYTES) {
                    faults.add(
                            "--prompts-file " + file + " has " + Files.size(file) + " bytes, more than " + MOST_BYTES);
                } else {
                    all.addAll(Files.readAllLines(file, StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                faults.add("cannot read --prompts-file " + file + " as UTF-8: " + e);
            }
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        return all;
    }
}
