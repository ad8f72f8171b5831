package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.checkpoint.pickle.StridedTensor;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A global tensor whose parts lie in the files of several tensor ranks.
///
/// @param name name that a run has for it
/// @param parts by tensor rank; one if it is replicated
/// @param sharing how the parts make the whole
/// @param order where rows lie in a part
record MergedTensor(String name, List<StridedTensor> parts, Sharing sharing, QueryKeyValueOrder order) {
    /// How tensor ranks share a parameter.
    enum Sharing {
        /// All have all of it.
        REPLICATED,
        /// Each has rows.
        ROWS,
        /// Each has columns.
        COLUMNS
    }

    /// Errors: [IllegalArgumentException] naming the tensor if the parts are not of one type and
    /// shape.
    MergedTensor {
        parts = sharing == Sharing.REPLICATED ? List.of(parts.getFirst()) : List.copyOf(parts);
        StridedTensor first = parts.getFirst();
        int rank = first.extents().size();
        if (rank < 1 || rank > 2 || sharing == Sharing.COLUMNS && rank != 2) {
            throw new IllegalArgumentException(name + " has the extents " + first.extents());
        }
        for (StridedTensor part : parts) {
            if (!part.extents().equals(first.extents()) || part.type() != first.type()) {
                throw new IllegalArgumentException(
                        "tensor ranks disagree on " + name + ": " + first.spec(name) + " and " + part.spec(name));
            }
        }
        if (order.layout() != QueryKeyValueOrder.Layout.BY_HEAD
                && first.extents().getFirst() != 3 * order.localHeads() * order.headSize()) {
            throw new IllegalArgumentException(name + " has " + first.extents().getFirst() + " rows but expected 3 x "
                    + order.localHeads() + " x " + order.headSize());
        }
    }

    TensorSpec spec() {
        var extents = new ArrayList<>(parts.getFirst().extents());
        int dim = sharing == Sharing.COLUMNS ? 1 : 0;
        extents.set(dim, extents.get(dim) * parts.size());
        return new TensorSpec(name, parts.getFirst().type(), extents);
    }

    /// Copies the part `partition` of the whole. Errors: [IllegalArgumentException] as of a source.
    void read(TensorPartition partition, MemorySegment destination) {
        TensorSpec spec = spec();
        Shape local = partition.localShape(spec.shape());
        int size = spec.type().sizeBytes();
        if (destination.byteSize() != local.numElements() * size) {
            throw new IllegalArgumentException("reading " + partition + " of " + spec + ": the destination has "
                    + destination.byteSize() + " bytes but the part has " + local.numElements() * size);
        }
        boolean asItLies = partition instanceof TensorPartition.Replicated
                && parts.size() == 1
                && order.layout() == QueryKeyValueOrder.Layout.BY_HEAD;
        if (asItLies) {
            parts.getFirst().copyTo(destination);
            return;
        }
        long columns = local.rank() == 1 ? 1 : local.d1();
        long firstRow = 0;
        long firstColumn = 0;
        if (partition instanceof TensorPartition.Split(int dim, int rank, int _)) {
            firstRow = dim == 0 ? rank * local.d0() : 0;
            firstColumn = dim == 1 ? rank * columns : 0;
        }
        for (long row = 0; row < local.d0(); row++) {
            copyRow(firstRow + row, firstColumn, firstColumn + columns, destination, row * columns * size);
        }
    }

    private void copyRow(long row, long from, long to, MemorySegment destination, long at) {
        if (sharing != Sharing.COLUMNS) {
            long rows = parts.getFirst().extents().getFirst();
            StridedTensor part = parts.get((int) (row / rows));
            part.copyRow(order.source(row % rows), from, to, destination, at);
            return;
        }
        long width = parts.getFirst().extents().get(1);
        long column = from;
        while (column < to) {
            long start = column % width;
            long length = Math.min(width - start, to - column);
            int size = parts.getFirst().type().sizeBytes();
            parts.get((int) (column / width))
                    .copyRow(row, start, start + length, destination, at + (column - from) * size);
            column += length;
        }
    }
}
