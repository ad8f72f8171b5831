package io.stagecraft.model.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Whole numbers in rows, outside the Java heap: the memory of an `.npy` file or memory of an
/// arena.
///
/// Borrows its memory: access after the arena was closed throws.
///
/// - Thread: any number of readers, or one writer.
public final class NpyArray {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment data;
    private final NpyShape shape;

    /// An array over `data`, which has exactly its bytes.
    NpyArray(MemorySegment data, NpyShape shape) {
        if (data.byteSize() != shape.sizeBytes()) {
            throw new IllegalArgumentException(
                    shape + " needs " + shape.sizeBytes() + " bytes but has " + data.byteSize());
        }
        this.data = data;
        this.shape = shape;
    }

    /// A new array of zeros in `arena`.
    static NpyArray allocate(NpyShape shape, Arena arena) {
        return new NpyArray(arena.allocate(shape.sizeBytes(), Long.BYTES), shape);
    }

    /// Its type and extents.
    public NpyShape shape() {
        return shape;
    }

    /// Element `index` in row-major order.
    public long get(long index) {
        return switch (shape.type()) {
            case INT32 -> data.get(INT, index * Integer.BYTES);
            case UINT32 -> data.get(INT, index * Integer.BYTES) & 0xFFFF_FFFFL;
            case INT64 -> data.get(LONG, index * Long.BYTES);
        };
    }

    /// Writes element `index`; the caller knows that `value` fits the type.
    void set(long index, long value) {
        switch (shape.type()) {
            case INT32, UINT32 -> data.set(INT, index * Integer.BYTES, (int) value);
            case INT64 -> data.set(LONG, index * Long.BYTES, value);
        }
    }

    /// Waits until a mapped file has what was written.
    void force() {
        if (data.isMapped()) {
            data.force();
        }
    }

    /// Shuffles elements `[from, from + num)` as NumPy's `RandomState.shuffle` does.
    void shuffle(NumpyRandom random, long from, long num) {
        for (long i = num - 1; i > 0; i--) {
            long j = random.atMost(i);
            long kept = get(from + i);
            set(from + i, get(from + j));
            set(from + j, kept);
        }
    }
}
