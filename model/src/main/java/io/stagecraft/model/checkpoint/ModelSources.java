package io.stagecraft.model.checkpoint;

import io.stagecraft.model.checkpoint.huggingface.HuggingFaceModel;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import java.nio.file.Path;

/// Opens a saved model of whatever kind lies at a path.
public final class ModelSources {
    private ModelSources() {}

    /// The model at `path`: a checkpoint of a run or a folder of them of which the newest is taken, one of
    /// Megatron-LM, or a folder of Hugging Face's with `config.json`. What is none of them is read as a
    /// run's, whose errors say what was expected.
    ///
    /// - Errors: [CheckpointFormatException]; `UncheckedIOException` naming the path.
    public static ModelSource open(Path path) {
        if (CheckpointStore.isAt(path)) {
            return new SavedCheckpoint(CheckpointStore.open(path));
        }
        if (MegatronSource.isAt(path)) {
            return MegatronSource.open(path);
        }
        if (HuggingFaceModel.isAt(path)) {
            return HuggingFaceModel.open(path);
        }
        return new SavedCheckpoint(CheckpointStore.open(path));
    }
}
