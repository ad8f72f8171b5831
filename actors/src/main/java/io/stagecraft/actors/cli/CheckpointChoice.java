package io.stagecraft.actors.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The argument that names saved weights.
final class CheckpointChoice {
    private static final Path NONE = Path.of("");

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description = "A checkpoint, or a folder of them or of a run, of which the newest is taken; without"
                    + " it checkpoint.directory.")
    private Path directory = NONE;

    /// Absolute.
    Path of(Invocation invocation, StagecraftCommand root) {
        return directory.equals(NONE)
                ? invocation.config().settings().checkpoint().directory()
                : root.surroundings().workingDirectory().resolve(directory).normalize();
    }
}
