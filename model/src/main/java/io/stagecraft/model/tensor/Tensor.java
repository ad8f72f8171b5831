package io.stagecraft.model.tensor;

/// A contiguous row-major view of a [Storage].
///
/// A tensor says where its elements are, not that they have been written: on an asynchronous
/// backend an operation that returned may not have run yet. Only `Backend.read…` waits.
///
/// @param storage the memory; borrowed: a view never closes it
/// @param offsetBytes where element 0 lies in `storage`
/// @param shape extents
/// @param dtype type of the elements
@SuppressWarnings("try") // a view does not own its storage
public record Tensor(Storage storage, long offsetBytes, Shape shape, DType dtype) {
    public Tensor {
        if (offsetBytes < 0
                || Math.addExact(offsetBytes, Math.multiplyExact(shape.numElements(), (long) dtype.sizeBytes()))
                        > storage.sizeBytes()) {
            throw new IllegalArgumentException("a tensor " + dtype + shape + " at byte " + offsetBytes
                    + " does not fit a storage of " + storage.sizeBytes() + " bytes");
        }
    }

    /// Bytes of all elements.
    public long sizeBytes() {
        return shape.numElements() * dtype.sizeBytes();
    }

    /// Number of elements.
    public long numElements() {
        return shape.numElements();
    }

    /// Rows `[from, from + num)` of the matrix that this tensor is (all dimensions but the last are
    /// rows); same memory.
    public Tensor rows(long from, long num) {
        if (from < 0 || num < 0 || from + num > shape.rows()) {
            throw new IllegalArgumentException("rows [" + from + ", " + (from + num) + ") of " + shape);
        }
        return new Tensor(
                storage, offsetBytes + from * shape.last() * dtype.sizeBytes(), Shape.of(num, shape.last()), dtype);
    }

    /// Elements `[from, from + num)` in memory order, as a vector; same memory.
    public Tensor slice(long from, long num) {
        if (from < 0 || num < 0 || from + num > numElements()) {
            throw new IllegalArgumentException("elements [" + from + ", " + (from + num) + ") of " + shape);
        }
        return new Tensor(storage, offsetBytes + from * dtype.sizeBytes(), Shape.of(num), dtype);
    }

    /// The same elements under another shape of as many elements.
    public Tensor reshape(Shape other) {
        if (other.numElements() != numElements()) {
            throw new IllegalArgumentException("cannot see " + shape + " as " + other);
        }
        return new Tensor(storage, offsetBytes, other, dtype);
    }

    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}
