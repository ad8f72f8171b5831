package io.stagecraft.transport;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/// Memory for receivers in tests; the garbage collector frees it.
public final class Buffers {
    private Buffers() {}

    /// `num` buffers of `bytes` each, 64-byte aligned.
    public static List<MemorySegment> of(long bytes, int num) {
        return IntStream.range(0, num)
                .mapToObj(_ -> Arena.ofAuto().allocate(bytes, 64))
                .toList();
    }
}
