package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Zeroed host memory.
final class ScalarStorage implements Storage {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    ScalarStorage(long sizeBytes) {
        segment = arena.allocate(sizeBytes, TensorArena.ALIGNMENT_BYTES);
    }

    MemorySegment segment() {
        return segment;
    }

    @Override
    public long sizeBytes() {
        return segment.byteSize();
    }

    @Override
    public void close() {
        arena.close();
    }
}
