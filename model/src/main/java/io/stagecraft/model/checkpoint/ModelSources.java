package io.stagecraft.model.checkpoint;

import io.stagecraft.model.checkpoint.huggingface.HuggingFaceModel;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import io.stagecraft.model.gpt.GptParameters;
import io.stagecraft.model.layer.Parameter;
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
    /// Every tensor that its sizes ask for is there with these extents, so that sizes out of a file are no
    /// larger than the file.
    ///
    /// - Errors: [CheckpointFormatException]; `UncheckedIOException` naming the path.
    public static ModelSource open(Path path) {
        ModelSource source = find(path);
        try {
            requireTensors(source);
            return source;
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    private static void requireTensors(ModelSource source) {
        try {
            for (Parameter parameter : GptParameters.of(source.model())) {
                if (parameter.role() == Parameter.Role.OWN) {
                    required(source, parameter);
                }
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new CheckpointFormatException(
                    source.path(), "sizes of the model", 0, "no tensors have them: " + e.getMessage());
        }
    }

    /// The tensor of `parameter` in `source`.
    ///
    /// - Errors: [CheckpointFormatException] if it is absent or of other extents than the model says.
    public static TensorSpec required(ModelSource source, Parameter parameter) {
        String field = CheckpointFormatException.printable(parameter.name());
        TensorSpec found = source.find(parameter.name())
                .orElseThrow(() -> new CheckpointFormatException(source.path(), field, 0, "is not there"));
        if (!found.shape().equals(parameter.globalShape())) {
            throw new CheckpointFormatException(
                    source.path(),
                    field,
                    0,
                    "expected the extents " + parameter.globalShape() + " but has " + found.extents());
        }
        return found;
    }

    private static ModelSource find(Path path) {
        if (CheckpointStore.isAt(path)) {
            return SavedCheckpoint.of(CheckpointStore.open(path));
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
        return SavedCheckpoint.of(CheckpointStore.open(path));
    }
}
