package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/// A saved model that is closed and opened again after every so many bytes, so that the pages of
/// its mapped files do not add up to all of it in this process.
///
/// - Errors: those of opening, at any call.
/// - Thread: one.
public final class ReopenedModel implements ModelSource {
    private static final long MOST_BYTES = 256L * 1024 * 1024;

    private final Supplier<ModelSource> opening;
    private ModelSource open;
    private long readBytes;

    /// The model that `opening` opens, over and over the same.
    public ReopenedModel(Supplier<ModelSource> opening) {
        this.opening = opening;
        this.open = opening.get();
    }

    @Override
    public Path path() {
        return open.path();
    }

    @Override
    public GptConfig model() {
        return open.model();
    }

    @Override
    public Progress progress() {
        return open.progress();
    }

    @Override
    public Optional<TensorSpec> find(String name) {
        return open.find(name);
    }

    @Override
    public void read(String name, TensorPartition partition, MemorySegment destination) {
        if (readBytes >= MOST_BYTES) {
            open.close();
            open = opening.get();
            readBytes = 0;
        }
        open.read(name, partition, destination);
        readBytes += destination.byteSize();
    }

    @Override
    public void close() {
        open.close();
    }
}
