package io.stagecraft.model.checkpoint.torch;

import io.stagecraft.model.checkpoint.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// The elements of one or more tensors of a file, asked for when they are written. Two are the same
/// storage if they are the same object.
public final class TorchStorage {
    private final ElementType type;
    private final long numElements;
    private final Consumer<MemorySegment> content;

    /// A storage whose bytes `content` puts, without gaps and little-endian, into a segment of
    /// [#sizeBytes].
    public TorchStorage(ElementType type, long numElements, Consumer<MemorySegment> content) {
        this.type = type;
        this.numElements = numElements;
        this.content = content;
    }

    /// Type of the elements.
    public ElementType type() {
        return type;
    }

    /// How many there are.
    public long numElements() {
        return numElements;
    }

    /// Bytes of all elements.
    public long sizeBytes() {
        return Math.multiplyExact(numElements, (long) type.sizeBytes());
    }

    /// Puts the bytes into `destination`.
    public void fill(MemorySegment destination) {
        content.accept(destination);
    }

    /// The class in the module `torch` that stands for a storage of this type.
    String className() {
        return switch (type) {
            case BOOL -> "BoolStorage";
            case U8 -> "ByteStorage";
            case I8 -> "CharStorage";
            case I16 -> "ShortStorage";
            case I32 -> "IntStorage";
            case I64 -> "LongStorage";
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            case F32 -> "FloatStorage";
            case F64 -> "DoubleStorage";
        };
    }
}
