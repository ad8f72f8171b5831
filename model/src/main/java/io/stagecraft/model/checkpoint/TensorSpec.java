package io.stagecraft.model.checkpoint;

import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Name, type and extents of a global tensor in a safetensors file.
///
/// @param name Megatron-LM's name of the global tensor
/// @param type type of the elements
/// @param extents extents, slowest dimension first; none for a scalar
public record TensorSpec(String name, ElementType type, List<Long> extents) {
    /// Most dimensions of a tensor in a file.
    public static final int MAX_RANK = 8;

    public TensorSpec {
        extents = List.copyOf(extents);
        if (extents.size() > MAX_RANK) {
            throw new IllegalArgumentException("a tensor has at most " + MAX_RANK + " dimensions but "
                    + CheckpointFormatException.printable(name) + " has " + extents.size());
        }
        long bytes = type.sizeBytes();
        for (long extent : extents) {
            if (extent < 0) {
                throw new IllegalArgumentException("extents must be >= 0 but are " + extents);
            }
            bytes = Math.multiplyExact(bytes, extent);
        }
    }

    /// The spec of a tensor `name` as a backend holds it.
    public static TensorSpec of(String name, DType dtype, Shape shape) {
        var extents = new ArrayList<Long>(shape.rank());
        for (int dim = 0; dim < shape.rank(); dim++) {
            extents.add(shape.extent(dim));
        }
        return new TensorSpec(name, ElementType.of(dtype), extents);
    }

    /// Product of the extents, 1 for a scalar.
    public long numElements() {
        return sizeBytes() / type.sizeBytes();
    }

    /// Bytes of all elements.
    public long sizeBytes() {
        long bytes = type.sizeBytes();
        for (long extent : extents) {
            bytes *= extent;
        }
        return bytes;
    }

    /// The extents as a shape; a scalar is `[1]`.
    ///
    /// - Errors: [IllegalArgumentException] if there are more than three dimensions.
    public Shape shape() {
        return switch (extents.size()) {
            case 0 -> Shape.of(1);
            case 1 -> Shape.of(extents.get(0));
            case 2 -> Shape.of(extents.get(0), extents.get(1));
            case 3 -> Shape.of(extents.get(0), extents.get(1), extents.get(2));
            default ->
                throw new IllegalArgumentException("a tensor in memory has at most 3 dimensions but "
                        + CheckpointFormatException.printable(name) + " has extents " + extents);
        };
    }

    @Override
    public String toString() {
        return CheckpointFormatException.printable(name) + " " + type + extents;
    }
}
