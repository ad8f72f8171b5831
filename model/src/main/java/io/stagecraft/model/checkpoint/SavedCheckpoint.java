package io.stagecraft.model.checkpoint;

import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/// A checkpoint of our own as a [ModelSource].
///
/// @param reader closed with this
/// @param model what its manifest says
record SavedCheckpoint(CheckpointReader reader, GptConfig model) implements ModelSource {
    /// The model in `reader`, which it takes ownership of, also when it is refused.
    ///
    /// - Errors: [CheckpointFormatException] if the manifest describes no model, or one of more layers than
    ///   there are tensors.
    static SavedCheckpoint of(CheckpointReader reader) {
        try {
            GptConfig model = GptSettings.restore(reader.manifest().section(Manifest.Section.MODEL));
            if (model.numLayers() > reader.manifest().tensors().size()) {
                throw new IllegalArgumentException("model.num-layers is " + model.numLayers() + " but there are "
                        + reader.manifest().tensors().size() + " tensors");
            }
            return new SavedCheckpoint(reader, model);
        } catch (IllegalArgumentException e) {
            reader.close();
            throw new CheckpointFormatException(
                    reader.folder().resolve(ManifestJson.FILE), "model", 0, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Path path() {
        return reader.folder();
    }

    @Override
    public Progress progress() {
        return reader.manifest().position().progress();
    }

    @Override
    public Optional<TensorSpec> find(String name) {
        return reader.contains(name) ? Optional.of(reader.spec(name)) : Optional.empty();
    }

    @Override
    public void read(String name, TensorPartition partition, MemorySegment destination) {
        reader.read(name, partition, destination);
    }

    @Override
    public void close() {
        reader.close();
    }
}
