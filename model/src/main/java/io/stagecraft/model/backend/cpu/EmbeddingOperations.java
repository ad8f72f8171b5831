package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.tensor.Tensor;

/// Rows of a table by their ids.
final class EmbeddingOperations {
    private final DropoutMask masks;

    EmbeddingOperations(DropoutMask masks) {
        this.masks = masks;
    }

    /// See [io.stagecraft.model.backend.Backend#embedding].
    void gather(Tensor ids, Tensor table, long firstRow, Tensor out) {
        int rows = Operands.rows(out);
        int columns = Operands.columns(out);
        long numRows = table.shape().rows();
        long id = Operands.ints(ids);
        long from = Operands.floats(table);
        long to = Operands.floats(out);
        for (int r = 0; r < rows; r++) {
            long row = Lanes.getInt(id + 4L * r) - firstRow;
            long destination = to + 4L * r * columns;
            if (row >= 0 && row < numRows) {
                Elementwise.copy(from + 4 * row * columns, destination, columns);
            } else {
                Elementwise.fill(destination, 0, columns);
            }
        }
    }

    /// See [io.stagecraft.model.backend.Backend#embeddingBackward].
    void scatter(Tensor dOut, Tensor ids, long firstRow, Tensor dTable) {
        int rows = Operands.rows(dOut);
        int columns = Operands.columns(dOut);
        long numRows = dTable.shape().rows();
        long id = Operands.ints(ids);
        long from = Operands.floats(dOut);
        long to = Operands.floats(dTable);
        for (int r = 0; r < rows; r++) {
            long row = Lanes.getInt(id + 4L * r) - firstRow;
            if (row >= 0 && row < numRows) {
                Elementwise.add(from + 4L * r * columns, to + 4 * row * columns, columns);
            }
        }
    }

    /// See [io.stagecraft.model.backend.Backend#addRowsDropout].
    ///
    /// - Errors: [IllegalArgumentException] for an id without a row.
    void addRowsDropout(Tensor ids, Tensor table, Dropout dropout, Tensor x) {
        int rows = Operands.rows(x);
        int columns = Operands.columns(x);
        long id = Operands.ints(ids);
        long from = Operands.floats(table);
        long to = Operands.floats(x);
        long numRows = table.shape().rows();
        boolean drops = dropout.active();
        for (int r = 0; r < rows; r++) {
            long row = Lanes.getInt(id + 4L * r);
            if (row < 0 || row >= numRows) {
                throw new IllegalArgumentException(
                        "addRowsDropout: id " + r + " must be a row of " + table + " but is " + row);
            }
            long source = from + 4 * row * columns;
            long destination = to + 4L * r * columns;
            if (drops) {
                Elementwise.addDropout(source, masks.row(dropout, r, columns), destination, columns);
            } else {
                Elementwise.add(source, destination, columns);
            }
        }
    }
}
