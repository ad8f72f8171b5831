package io.stagecraft.model.checkpoint;

import io.stagecraft.model.checkpoint.huggingface.HuggingFaceModel;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import java.nio.file.Files;
import java.nio.file.Path;

/// Opens a saved model of whatever kind lies at a path.
public final class ModelSources {
    private ModelSources() {}

    /// Whether something at `path` has the names of a saved model of any kind.
    ///
    /// - Errors: `UncheckedIOException` naming the path.
    public static boolean isAt(Path path) {
        return CheckpointStore.isAt(path) || MegatronSource.isAt(path) || HuggingFaceModel.isAt(path);
    }

    /// The model at `path`: a checkpoint of a run or a folder of them of which the newest is taken, one of
    /// Megatron-LM, or a folder of Hugging Face's with `config.json`. A folder that is none of them is
    /// read as a run's, whose errors say what was expected.
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
        if (Files.isRegularFile(path)) {
            throw new CheckpointFormatException(
                    path,
                    "file",
                    0,
                    "is no saved model by itself: expected a folder of checkpoints, Megatron-LM's model_optim_rng.pt or a"
                            + " zip with it, or a folder of Hugging Face's with config.json");
        }
        return new SavedCheckpoint(CheckpointStore.open(path));
    }
}
