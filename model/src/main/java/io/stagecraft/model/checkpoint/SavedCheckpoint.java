package io.stagecraft.model.checkpoint;

import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/// A checkpoint of our own as a [ModelSource]. Takes ownership of the reader.
record SavedCheckpoint(CheckpointReader reader) implements ModelSource {
    @Override
    public Path path() {
        return reader.folder();
    }

    /// - Errors: [CheckpointFormatException] if the manifest describes no model, or one of more
    ///   layers than there are tensors.
    @Override
    public GptConfig model() {
        Manifest manifest = reader.manifest();
        try {
            GptConfig model = GptSettings.restore(manifest.section(Manifest.Section.MODEL));
            if (model.numLayers() > manifest.tensors().size()) {
                throw new IllegalArgumentException("num-layers is " + model.numLayers() + " but there are "
                        + manifest.tensors().size() + " tensors");
            }
            return model;
        } catch (IllegalArgumentException e) {
            throw new CheckpointFormatException(
                    reader.folder().resolve(ManifestJson.FILE), "model", 0, String.valueOf(e.getMessage()));
        }
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
