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

    /// Where the model of `path` is: the folder of a run stands for its folder of checkpoints,
    /// everything else for itself.
    ///
    /// - Errors: `UncheckedIOException` naming the path.
    public static Path locate(Path path) {
        Path inRun = path.resolve("checkpoints");
        return !isAt(path) && CheckpointStore.isAt(inRun) ? inRun : path;
    }

    /// The model at `named`: a checkpoint of a run, or a folder of them or of a run of which the
    /// newest is taken, one of Megatron-LM, or a folder of Hugging Face's with `config.json`. A
    /// folder that is none of them is read as one of checkpoints, whose errors say what was
    /// expected.
    ///
    /// - Errors: [CheckpointFormatException]; `UncheckedIOException` naming the path.
    public static ModelSource open(Path named) {
        Path path = locate(named);
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

    /// Requires every tensor that the sizes of `source` ask for, with these extents: sizes out of a
    /// file are then no larger than the file, and memory for them is no more than it takes.
    ///
    /// - Errors: [CheckpointFormatException].
    public static void requireTensors(ModelSource source) {
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
    /// - Errors: [CheckpointFormatException] if it is absent or of other extents than the model
    ///   says.
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
}
