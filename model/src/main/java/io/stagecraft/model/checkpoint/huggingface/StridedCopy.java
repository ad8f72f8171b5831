package io.stagecraft.model.checkpoint.huggingface;

import io.stagecraft.model.checkpoint.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.LongStream;

/// Copies a matrix whose element `[r, c]` is element `rows[r] + columns[c]` of a source into
/// contiguous row-major memory, bit for bit: transposition, reordering and cutting are choices of
/// the two.
///
/// @param rows of each row of the result, the part of the source's index that it has
/// @param columns of each column of the result
record StridedCopy(long[] rows, long[] columns) {
    /// Rows that are written side by side where the source is transposed: their elements lie in one
    /// cache line of it.
    private static final int BLOCK_ROWS = 16;

    /// Copies from `source` into `destination`, which has `rows x columns` elements of `type`.
    void run(ElementType type, MemorySegment source, MemorySegment destination) {
        if (columns.length > 0
                && LongStream.range(0, columns.length).allMatch(c -> columns[(int) c] == columns[0] + c)) {
            long rowBytes = (long) columns.length * type.sizeBytes();
            for (int r = 0; r < rows.length; r++) {
                MemorySegment.copy(
                        source, (rows[r] + columns[0]) * type.sizeBytes(), destination, r * rowBytes, rowBytes);
            }
            return;
        }
        for (int from = 0; from < rows.length; from += BLOCK_ROWS) {
            block(type, source, destination, from, Math.min(rows.length, from + BLOCK_ROWS));
        }
    }

    private void block(ElementType type, MemorySegment source, MemorySegment destination, int from, int to) {
        for (int c = 0; c < columns.length; c++) {
            for (int r = from; r < to; r++) {
                element(type.sizeBytes(), source, rows[r] + columns[c], destination, (long) r * columns.length + c);
            }
        }
    }

    private static void element(int sizeBytes, MemorySegment source, long from, MemorySegment destination, long to) {
        switch (sizeBytes) {
            case 4 ->
                destination.set(
                        ValueLayout.JAVA_INT_UNALIGNED, 4 * to, source.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * from));
            case 2 ->
                destination.set(
                        ValueLayout.JAVA_SHORT_UNALIGNED,
                        2 * to,
                        source.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * from));
            case 8 ->
                destination.set(
                        ValueLayout.JAVA_LONG_UNALIGNED, 8 * to, source.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * from));
            default -> destination.set(ValueLayout.JAVA_BYTE, to, source.get(ValueLayout.JAVA_BYTE, from));
        }
    }
}
