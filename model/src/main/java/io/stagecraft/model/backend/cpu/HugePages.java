package io.stagecraft.model.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

final class HugePages {
    private HugePages() {}

    static MemorySegment allocate(Arena arena, long sizeBytes, long alignment) {
        return arena.allocate(sizeBytes, alignment);
    }
}
