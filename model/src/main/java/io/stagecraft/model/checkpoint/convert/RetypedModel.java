package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/// A saved model whose weights are of another floating-point type, rounded to nearest, ties to
/// even. Moments stay as they are.
///
/// Thread: as the source; a call holds the part that it reads in memory.
///
/// @param source borrowed
/// @param type of the weights
record RetypedModel(ModelSource source, ElementType type) implements ModelSource {
    RetypedModel {
        FloatingPoint.require(type);
    }

    @Override
    public Path path() {
        return source.path();
    }

    @Override
    public GptConfig model() {
        return source.model();
    }

    @Override
    public Progress progress() {
        return source.progress();
    }

    @Override
    public Optional<TensorSpec> find(String name) {
        return source.find(name)
                .map(spec -> SavedTensors.isMoment(name) ? spec : new TensorSpec(name, type, spec.extents()));
    }

    @Override
    public void read(String name, TensorPartition partition, MemorySegment destination) {
        TensorSpec saved =
                source.find(name).orElseThrow(() -> new IllegalArgumentException(path() + " has no tensor " + name));
        if (SavedTensors.isMoment(name) || saved.type() == type) {
            source.read(name, partition, destination);
            return;
        }
        long numElements = partition.localShape(saved.shape()).numElements();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment part = arena.allocate(numElements * saved.type().sizeBytes(), Long.BYTES);
            source.read(name, partition, part);
            FloatingPoint.convert(saved.type(), part, type, destination);
        }
    }

    /// The source stays open.
    @Override
    public void close() {
        // borrowed
    }
}
