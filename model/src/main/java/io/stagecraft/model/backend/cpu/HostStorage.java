package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Zeroed off-heap memory, 64-byte aligned. After [#close] every use throws
/// [IllegalStateException].
///
/// Thread: any may read and write; the owner closes when nobody does.
final class HostStorage implements Storage {
    private final Arena arena;
    private final MemorySegment segment;

    private HostStorage(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /// New memory of `sizeBytes`.
    static HostStorage allocate(long sizeBytes) {
        Arena arena = Arena.ofShared();
        return new HostStorage(arena, arena.allocate(sizeBytes, TensorArena.ALIGNMENT_BYTES));
    }

    @Override
    public long sizeBytes() {
        return segment.byteSize();
    }

    /// The memory itself.
    MemorySegment segment() {
        return segment;
    }

    /// Where it begins; for use within the calling operation only.
    long address() {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException(
                    "a storage of " + segment.byteSize() + " bytes was used after it was closed");
        }
        return segment.address();
    }

    @Override
    public void close() {
        arena.close();
    }
}
