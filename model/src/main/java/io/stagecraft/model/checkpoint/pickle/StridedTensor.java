package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.LongStream;

/// A tensor of an open file: its storage's bytes and how to walk them. Borrowed until the file is
/// closed.
///
/// - Thread: any, several at once.
public final class StridedTensor {
    private final PickleValue.Tensor view;
    private final MemorySegment storage;

    StridedTensor(PickleValue.Tensor view, MemorySegment storage) {
        this.view = view;
        this.storage = storage;
    }

    /// Type of the elements.
    public ElementType type() {
        return view.storage().type();
    }

    /// Extents, slowest first.
    public List<Long> extents() {
        return view.extents();
    }

    /// Type and extents, under `name`.
    public TensorSpec spec(String name) {
        return view.spec(name);
    }

    /// Product of the extents.
    public long numElements() {
        return view.extents().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    }

    /// Whether the elements lie one after another in row-major order, so that [#bytes] can be asked
    /// for.
    public boolean isContiguous() {
        long expected = 1;
        for (int dim = extents().size() - 1; dim >= 0; dim--) {
            if (extents().get(dim) > 1 && view.strides().get(dim) != expected) {
                return false;
            }
            expected *= extents().get(dim);
        }
        return true;
    }

    /// All bytes, read-only, mapped. Errors: [IllegalStateException] unless [#isContiguous].
    public MemorySegment bytes() {
        if (!isContiguous()) {
            throw new IllegalStateException("the elements of " + spec("a tensor") + " have gaps: " + view.strides());
        }
        long size = type().sizeBytes();
        return numElements() == 0 ? storage.asSlice(0, 0) : storage.asSlice(view.offset() * size, numElements() * size);
    }

    /// The storage from the tensor's first element on, read-only, mapped; the rest lies at the
    /// strides.
    public MemorySegment fromFirstElement() {
        return storage.asSlice(numElements() == 0 ? 0 : view.offset() * type().sizeBytes());
    }

    /// Copies columns `[from, to)` of row `row` of a matrix to byte `at` of `destination`. A vector
    /// has one column, and its elements are rows.
    public void copyRow(long row, long from, long to, MemorySegment destination, long at) {
        int rank = extents().size();
        if (rank < 1 || rank > 2) {
            throw new IllegalStateException("a tensor of " + rank + " dimensions has no rows");
        }
        long columns = rank == 1 ? 1 : extents().get(1);
        if (row < 0 || row >= extents().get(0) || from < 0 || from > to || to > columns) {
            throw new IndexOutOfBoundsException("row " + row + ", columns " + from + " to " + to + " of " + extents());
        }
        long step = rank == 1 ? 1 : view.strides().get(1);
        long first = view.offset() + row * view.strides().get(0) + from * step;
        int size = type().sizeBytes();
        if (step == 1) {
            MemorySegment.copy(storage, first * size, destination, at, (to - from) * size);
            return;
        }
        for (long column = 0; column < to - from; column++) {
            MemorySegment.copy(storage, (first + column * step) * size, destination, at + column * size, size);
        }
    }

    /// Copies all elements in row-major order.
    ///
    /// - Errors: [IllegalArgumentException] if `destination` has another size.
    public void copyTo(MemorySegment destination) {
        long size = type().sizeBytes();
        if (destination.byteSize() != numElements() * size) {
            throw new IllegalArgumentException(
                    "copying " + spec("a tensor") + " into " + destination.byteSize() + " bytes");
        }
        if (isContiguous()) {
            destination.copyFrom(bytes());
            return;
        }
        for (long i = 0; i < numElements(); i++) {
            MemorySegment.copy(storage, place(i) * size, destination, i * size, size);
        }
    }

    /// Element `index` in row-major order, as a double.
    public double element(long index) {
        return type().read(storage, place(index));
    }

    /// All elements in row-major order; for tests and small tensors.
    public double[] doubles() {
        return LongStream.range(0, Math.toIntExact(numElements()))
                .mapToDouble(this::element)
                .toArray();
    }

    private long place(long index) {
        long rest = index;
        long place = view.offset();
        for (int dim = extents().size() - 1; dim >= 0; dim--) {
            place += rest % extents().get(dim) * view.strides().get(dim);
            rest /= extents().get(dim);
        }
        return place;
    }
}
