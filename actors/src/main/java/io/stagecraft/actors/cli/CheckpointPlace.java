package io.stagecraft.actors.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.actors.config.TrainConfigReader;
import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.ModelSources;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Option;

/// What the commands about checkpoints share: folders that must be there, and the two forms of what
/// is said.
final class CheckpointPlace {
    /// Stands for the folder of the settings.
    static final Path CONFIGURED = Path.of("");

    @Option(names = "--json", description = "Say it as JSON, for scripts.")
    private boolean json;

    /// Whether a script listens.
    boolean isJson() {
        return json;
    }

    /// Goes on with `path`, or without one with the folder that a run of the settings saves into.
    static int named(StagecraftCommand root, Path path, ToIntFunction<Path> then) {
        return path.equals(CONFIGURED)
                ? new Settings()
                        .with(
                                root,
                                new TrainConfigReader(),
                                List.of(),
                                config -> then.applyAsInt(
                                        config.settings().checkpoint().directory()))
                : then.applyAsInt(path);
    }

    /// Goes on with the checkpoints at `path`, at least one, or says that there is none.
    int with(StagecraftCommand root, Path path, ToIntFunction<List<Path>> then) {
        Surroundings surroundings = root.surroundings();
        Path absolute = resolve(root, path);
        try {
            List<Path> found = CheckpointStore.at(absolute);
            if (found.isEmpty()) {
                return refuse(
                        surroundings,
                        "there is no checkpoint at " + absolute + "; a run writes them to its checkpoint.directory");
            }
            return then.applyAsInt(found);
        } catch (CheckpointFormatException | UncheckedIOException e) {
            return refuse(surroundings, String.valueOf(e.getMessage()));
        } finally {
            surroundings.out().flush();
        }
    }

    /// Absolute; a run's folder stands for its folder of checkpoints.
    static Path resolve(StagecraftCommand root, Path path) {
        return ModelSources.locate(
                root.surroundings().workingDirectory().resolve(path).normalize());
    }

    /// Prints `value`, made of maps, lists, text and numbers, as JSON; control characters come out
    /// escaped.
    void print(Surroundings surroundings, Object value) {
        try {
            surroundings
                    .out()
                    .println(new ObjectMapper()
                            .writerWithDefaultPrettyPrinter()
                            .with(JsonWriteFeature.ESCAPE_NON_ASCII)
                            .writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("cannot write to memory", e);
        }
    }

    private static int refuse(Surroundings surroundings, String reason) {
        surroundings.err().println("stagecraft: " + Printable.line(reason));
        surroundings.err().flush();
        return ExitCode.REFUSED;
    }
}
