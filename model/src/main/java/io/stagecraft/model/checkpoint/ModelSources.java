package io.stagecraft.model.checkpoint;

import java.nio.file.Path;

/// Opens a saved model of whatever kind lies at a path.
public final class ModelSources {
    private ModelSources() {}

    /// The model at `path`: a checkpoint of a run, or a folder of them of which the newest is taken.
    ///
    /// - Errors: [CheckpointFormatException]; `UncheckedIOException` naming the path.
    public static ModelSource open(Path path) {
        return new SavedCheckpoint(CheckpointStore.open(path));
    }
}
