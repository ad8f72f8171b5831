package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Elements of one floating-point type as those of another.
final class FloatingPoint {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private FloatingPoint() {}

    /// Throws an [IllegalArgumentException] if `type` is none of those of weights.
    static void require(ElementType type) {
        switch (type) {
            case F16, BF16, F32, F64 -> {}
            case BOOL, U8, I8, I16, I32, I64 ->
                throw new IllegalArgumentException("weights are F16, BF16, F32 or F64 but not " + type);
        }
    }

    /// All elements of `source` into `destination`, rounded to nearest, ties to even.
    static void convert(ElementType from, MemorySegment source, ElementType to, MemorySegment destination) {
        require(from);
        if (from == to) {
            destination.copyFrom(source);
            return;
        }
        long numElements = source.byteSize() / from.sizeBytes();
        for (long i = 0; i < numElements; i++) {
            write(destination, to, i, from.read(source, i));
        }
    }

    private static void write(MemorySegment destination, ElementType to, long index, double value) {
        long at = index * to.sizeBytes();
        switch (to) {
            case F32 -> destination.set(FLOAT, at, (float) value);
            case F16 -> destination.set(SHORT, at, Float.floatToFloat16((float) value));
            case BF16 -> destination.set(SHORT, at, bfloat16((float) value));
            case F64 -> destination.set(DOUBLE, at, value);
            case BOOL, U8, I8, I16, I32, I64 -> throw new IllegalArgumentException("not a floating point: " + to);
        }
    }

    /// NaN stays NaN: rounding its payload up could make it infinite.
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }
}
