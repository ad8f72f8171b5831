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

    @Override
    public GptConfig model() {
        return GptSettings.restore(reader.manifest().section(Manifest.Section.MODEL));
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
