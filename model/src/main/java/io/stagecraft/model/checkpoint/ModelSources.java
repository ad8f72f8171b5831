package io.stagecraft.model.checkpoint;

import io.stagecraft.model.checkpoint.huggingface.HuggingFaceModel;
import java.nio.file.Path;

/// Opens a saved model of whatever kind lies at a path.
public final class ModelSources {
    private ModelSources() {}

    /// The model at `path`: a checkpoint of a run, or a folder of them of which the newest is taken; a folder
    /// of Hugging Face's with `config.json`.
    ///
    /// - Errors: [CheckpointFormatException]; `UncheckedIOException` naming the path.
    public static ModelSource open(Path path) {
        if (HuggingFaceModel.isOne(path)) {
            return HuggingFaceModel.open(path);
        }
        return new SavedCheckpoint(CheckpointStore.open(path));
    }
}
