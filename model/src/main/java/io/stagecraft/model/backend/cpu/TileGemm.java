package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.VectorWidth;

/// Products by tiles in machine code, of panels that lie in the order in which they are read.
///
/// Works through k in slices. In a slice either all of b is packed and blocks of a go by, or a block of a stays in the
/// cache and b goes by panel by panel: what is packed is read from the cache, and only once from memory. While tiles
/// are computed they fetch what is packed next.
///
/// An element is summed over k in ascending order within a slice, slices in ascending order, and what the slices are
/// depends on k alone: an element depends on neither the number of rows nor that of columns.
///
/// - Source: Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication (ACM TOMS 34, 2008); Van Zee and
///   van de Geijn, BLIS (ACM TOMS 41, 2015).
final class TileGemm implements Gemm {
    /// Most of k in a slice: two rows of a tile's panels for each k stay in the first cache.
    private static final int MOST_K = 512;

    /// Most of k in the only slice: c is written once.
    private static final int MOST_K_AT_ONCE = 768;

    /// Bytes of what stays in the second cache.
    private static final long CACHED_BYTES = 1L << 20;

    /// Bytes of two operands that stay in the second cache beside what is written.
    private static final long NEAR_BYTES = 5L << 18;

    /// Tiles of a block of a transposed a.
    private static final int BLOCK_TILES = 8;

    private final Panels panels;
    private final TileCall call;
    private final int tileRows;
    private final int tileColumns;
    private Matrix asked = Matrix.NONE;

    TileGemm(TileFunctions functions) {
        panels = new Panels(functions);
        call = new TileCall(functions);
        VectorWidth width = functions.width();
        tileRows = width.tileRows();
        tileColumns = width.tileColumns();
    }

    @Override
    public void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        if (beta != 0 && beta != 1) {
            throw new IllegalArgumentException("beta of a product must be 0 or 1 but is " + beta);
        }
        if (a.columns() == 0 && beta == 0) {
            clear(c);
        }
        call.begin(alpha, c);
        slices(a, b, 0, beta == 1);
    }

    @Override
    public void multiplyAddBias(Matrix a, Matrix b, long bias, Matrix c) {
        call.begin(1, c);
        slices(a, b, bias, false);
    }

    @Override
    public void fetch(Matrix part) {
        asked = part;
    }

    /// By the tiles of a product that do not fetch what they pack next.
    private void fetchAsked(int rows, int columns) {
        if (asked.rows() > 0) {
            call.fetch(asked, (long) Math.ceilDiv(rows, tileRows) * Math.ceilDiv(columns, tileColumns));
            asked = Matrix.NONE;
        }
    }

    private void slices(Matrix a, Matrix b, long bias, boolean adds) {
        int k = a.columns();
        int numSlices = k <= MOST_K_AT_ONCE ? 1 : Math.ceilDiv(k, MOST_K);
        for (int s = 0, from = 0; s < numSlices; s++) {
            int num = Math.min(sliceSize(k, numSlices), k - from);
            call.slice(num, from == 0 ? bias : 0, adds || from > 0);
            var slice = new Slice(from, num);
            if (4L * b.columns() * num <= CACHED_BYTES) {
                allOfB(a, b, slice);
            } else {
                panelsOfB(a, b, slice);
            }
            from += num;
        }
        asked = Matrix.NONE;
    }

    /// In whole squares of a transposition.
    private static int sliceSize(int k, int numSlices) {
        return Math.ceilDiv(Math.ceilDiv(k, numSlices), 16) * 16;
    }

    /// Values `[from, from + num)` of k.
    private record Slice(int from, int num) {}

    private void allOfB(Matrix a, Matrix b, Slice slice) {
        if (copiesCostMore(a, b, slice)) {
            asTheyLie(a, b, slice);
            return;
        }
        int columns = b.columns();
        long packed = panels.ofB(part(b, slice, 0, columns));
        int most = a.transposed() ? BLOCK_TILES * tileRows : a.rows();
        for (int i = 0; i < a.rows(); i += most) {
            int rows = Math.min(most, a.rows() - i);
            block(a, i, rows, slice);
            fetchAsked(rows, columns);
            int next = i + most;
            if (a.transposed() && next < a.rows()) {
                long tiles = (long) Math.ceilDiv(rows, tileRows) * Math.ceilDiv(columns, tileColumns);
                call.fetch(part(a, next, Math.min(most, a.rows() - next), slice), tiles);
            }
            for (int j = 0; j < columns; j += tileColumns) {
                call.run(j, Math.min(tileColumns, columns - j), packed + 4L * j * slice.num);
            }
        }
    }

    /// Than reading along columns: both stay in the second cache, or b is read by few tiles and a by
    /// two, as in attention.
    private boolean copiesCostMore(Matrix a, Matrix b, Slice slice) {
        if (b.transposed() || b.columns() % tileColumns != 0) {
            return false;
        }
        return 4L * slice.num * (a.rows() + b.columns()) <= NEAR_BYTES
                || b.columns() <= 2 * tileColumns && a.rows() <= MOST_K;
    }

    private void asTheyLie(Matrix a, Matrix b, Slice slice) {
        call.rows(part(a, 0, a.rows(), slice), 0);
        fetchAsked(a.rows(), b.columns());
        for (int j = 0; j < b.columns(); j += tileColumns) {
            call.run(j, tileColumns, b.at(slice.from, j), 4L * b.leadingDimension());
        }
    }

    private void panelsOfB(Matrix a, Matrix b, Slice slice) {
        int tiles = Math.ceilDiv(a.rows(), tileRows);
        int most = Math.max(1, Math.toIntExact(CACHED_BYTES / 4 / slice.num / tileRows));
        int rowsOfBlock = Math.ceilDiv(tiles, Math.ceilDiv(tiles, most)) * tileRows;
        for (int i = 0; i < a.rows(); i += rowsOfBlock) {
            int rows = Math.min(rowsOfBlock, a.rows() - i);
            block(a, i, rows, slice);
            for (int j = 0; j < b.columns(); j += tileColumns) {
                int columns = Math.min(tileColumns, b.columns() - j);
                long packed = panels.ofB(part(b, slice, j, columns));
                int next = j + tileColumns;
                if (next < b.columns()) {
                    int following = Math.min(tileColumns, b.columns() - next);
                    call.fetch(part(b, slice, next, following), Math.ceilDiv(rows, tileRows));
                }
                call.run(j, columns, packed);
            }
        }
    }

    private void block(Matrix a, int i, int rows, Slice slice) {
        Matrix part = part(a, i, rows, slice);
        if (part.transposed()) {
            call.rows(part, i, panels.ofA(part, a.rows() - i));
        } else {
            call.rows(part, i);
        }
    }

    private static Matrix part(Matrix a, int firstRow, int rows, Slice slice) {
        return a.part(firstRow, rows, slice.from, slice.num);
    }

    private static Matrix part(Matrix b, Slice slice, int firstColumn, int columns) {
        return b.part(slice.from, slice.num, firstColumn, columns);
    }

    private static void clear(Matrix c) {
        for (int r = 0; r < c.rows(); r++) {
            Elementwise.fill(c.address() + 4L * r * c.leadingDimension(), 0, c.columns());
        }
    }

    @Override
    public void close() {
        panels.close();
        call.close();
    }
}
