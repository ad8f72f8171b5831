package io.stagecraft.model.checkpoint;

import io.stagecraft.model.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/// Type of the elements of a tensor in a safetensors file; little-endian. The constant's name is
/// the name in the header.
public enum ElementType {
    /// One byte, 0 or 1.
    BOOL(1),
    /// Unsigned 8 bits.
    U8(1),
    /// Signed 8 bits.
    I8(1),
    /// Signed 16 bits.
    I16(2),
    /// Signed 32 bits.
    I32(4),
    /// Signed 64 bits.
    I64(8),
    /// IEEE 754 binary16.
    F16(2),
    /// The upper half of a binary32.
    BF16(2),
    /// IEEE 754 binary32.
    F32(4),
    /// IEEE 754 binary64.
    F64(8);

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int sizeBytes;

    ElementType(int sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    /// Bytes of one element.
    public int sizeBytes() {
        return sizeBytes;
    }

    /// The type called `name` in a header, or empty if it is none of these.
    public static Optional<ElementType> named(String name) {
        for (ElementType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /// How tensors of `dtype` are stored: bit for bit.
    public static ElementType of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> F32;
            case FLOAT64 -> F64;
            case BFLOAT16 -> BF16;
            case FLOAT16 -> F16;
            case INT32 -> I32;
        };
    }

    /// Element `index` of `tensor` as a double; exact for all types but [#I64] beyond 2^53.
    public double read(MemorySegment tensor, long index) {
        long at = index * sizeBytes;
        return switch (this) {
            case BOOL, U8 -> tensor.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
            case I8 -> tensor.get(ValueLayout.JAVA_BYTE, at);
            case I16 -> tensor.get(SHORT, at);
            case I32 -> tensor.get(INT, at);
            case I64 -> tensor.get(LONG, at);
            case F16 -> Float.float16ToFloat(tensor.get(SHORT, at));
            case BF16 -> Float.intBitsToFloat(tensor.get(SHORT, at) << 16);
            case F32 -> Float.intBitsToFloat(tensor.get(INT, at));
            case F64 -> Double.longBitsToDouble(tensor.get(LONG, at));
        };
    }
}
