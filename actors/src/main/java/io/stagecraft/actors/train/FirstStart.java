package io.stagecraft.actors.train;

import io.stagecraft.actors.config.CheckpointConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Finds what a training run begins with: what it goes on with, or else the saved model that it is
/// given, or else initial weights.
public final class FirstStart {
    private FirstStart() {}

    /// Reads as much as is needed to know.
    ///
    /// - Errors: those of [ResumePoint]; [IllegalArgumentException] if there is no model where
    ///   `start.from` says; [io.stagecraft.model.checkpoint.CheckpointFormatException].
    public static Start of(StagecraftConfig config) {
        Start resumed = ResumePoint.of(config.checkpoint());
        if (!(resumed instanceof Start.Fresh) || config.start().from().isEmpty()) {
            return resumed;
        }
        Path model = Path.of(config.start().from());
        if (isOwn(model, config.checkpoint()) && !MegatronSource.isAt(model)) {
            return new Start.Fresh();
        }
        if (isEmpty(model)) {
            throw new IllegalArgumentException("there is no saved model at start.from = " + model
                    + "; without it a run begins with initial weights");
        }
        return switch (config.start().take()) {
            case WEIGHTS -> new Start.FromModel(model);
            case ALL -> whole(model);
        };
    }

    /// A run that is to go on in its own folder finds nothing there when it is started first.
    private static boolean isOwn(Path model, CheckpointConfig checkpoint) {
        return model.equals(checkpoint.directory()) && checkpoint.resume() == CheckpointConfig.Resume.AUTO;
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
