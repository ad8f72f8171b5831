package io.stagecraft.actors.train;

import io.stagecraft.actors.config.CheckpointConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Finds what a training run begins with: what it goes on with, or else the saved model that it is given, or
/// else initial weights.
public final class FirstStart {
    private FirstStart() {}

    /// Reads as much as is needed to know.
    ///
    /// - Errors: those of [ResumePoint]; [IllegalArgumentException] if there is no model where `start.from`
    ///   says; [io.stagecraft.model.checkpoint.CheckpointFormatException].
    public static Start of(StagecraftConfig config) {
        Start resumed = ResumePoint.of(config.checkpoint());
        if (!(resumed instanceof Start.Fresh) || config.start().from().isEmpty()) {
            return resumed;
        }
        Path model = Path.of(config.start().from());
        if (isEmpty(model)) {
            return nothingAt(model, config.checkpoint());
        }
        return switch (config.start().take()) {
            case WEIGHTS -> new Start.FromModel(model);
            case ALL -> whole(model);
        };
    }

    /// A run that is to go on in its own folder finds nothing there when it is started first.
    private static Start nothingAt(Path model, CheckpointConfig checkpoint) {
        boolean isOwn = model.equals(checkpoint.directory());
        if (isOwn && checkpoint.resume() == CheckpointConfig.Resume.AUTO) {
            return new Start.Fresh();
        }
        throw new IllegalArgumentException(
                "there is no saved model at start.from = " + model + "; without it a run begins with initial weights");
    }

    private static Start whole(Path model) {
        try (ModelSource source = ModelSources.open(model)) {
            return source.progress().step() == 0 ? new Start.FromModel(model) : new Start.Continue(model);
        }
    }

    private static boolean isEmpty(Path path) {
        if (!Files.isDirectory(path)) {
            return !Files.exists(path);
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into start.from = " + path + ": " + e, e);
        }
    }
}
