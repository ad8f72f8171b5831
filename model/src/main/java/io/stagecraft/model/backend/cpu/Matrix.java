package io.stagecraft.model.backend.cpu;

/// An operand of a matrix product: `rows` x `columns` as it takes part, row-major in memory before
/// a transposition.
///
/// @param address of element 0
/// @param rows after transposition
/// @param columns after transposition
/// @param leadingDimension elements from one row in memory to the next
/// @param transposed whether memory holds the transpose
record Matrix(long address, int rows, int columns, int leadingDimension, boolean transposed) {
    /// Of nothing.
    static final Matrix NONE = of(0, 0, 0, 0);

    /// `rows` x `columns` as it lies in memory.
    static Matrix of(long address, int rows, int columns, int leadingDimension) {
        return new Matrix(address, rows, columns, leadingDimension, false);
    }

    /// The transpose; same memory.
    Matrix transpose() {
        return new Matrix(address, columns, rows, leadingDimension, !transposed);
    }

    /// `numRows` x `numColumns` of it from (`row`, `column`) on; same memory.
    Matrix part(int row, int numRows, int column, int numColumns) {
        if (row == 0 && column == 0 && numRows == rows && numColumns == columns) {
            return this;
        }
        return new Matrix(at(row, column), numRows, numColumns, leadingDimension, transposed);
    }

    /// Address of the element at (`row`, `column`).
    long at(int row, int column) {
        long offset = transposed ? (long) column * leadingDimension + row : (long) row * leadingDimension + column;
        return address + 4 * offset;
    }
}
