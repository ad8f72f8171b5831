package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.VectorWidth;

/// Products by tiles in machine code, of panels that lie in the order in which they are read.
///
/// Works through k in slices. In a slice either all of b stays in the cache and blocks of a go by,
/// or a block of a stays there and b goes by panel by panel: both are read from the cache, and only
/// once from memory. Tiles copy what they read first into panels, and fetch what comes next.
///
/// An element is summed over k in ascending order within a slice, slices in ascending order, and
/// what the slices are depends on k alone: an element depends on neither the number of rows nor
/// that of columns.
///
/// - Source: Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication (ACM TOMS 34,
///   2008); Van Zee and van de Geijn, BLIS (ACM TOMS 41, 2015).
final class TileGemm implements Gemm {
    /// Most of k in a slice: two rows of a tile's panels for each k stay in the first cache.
    private static final int MOST_K = 512;

    /// Most of k in the only slice: c is written once.
    private static final int MOST_K_AT_ONCE = 768;

    /// Bytes of what stays in the second cache.
    private static final long CACHED_BYTES = 1L << 20;

    /// Bytes of two operands that stay in the second cache beside what is written.
    private static final long NEAR_BYTES = 5L << 18;

    /// Tiles of a block of a that stays in the cache beside all of b.
    private static final int BLOCK_TILES = 4;

    private final Panels panels;
    private final TileCall call;
    private final int tileRows;
    private final int tileColumns;
    private Matrix asked = Matrix.NONE;
    private int firstAsked;
    private int numAsked;

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
    public void fetch(Matrix next, int firstRow, int num) {
        asked = next;
        firstAsked = firstRow;
        numAsked = num;
    }

    /// By the tiles of a product that fetch nothing of its own. Returns whether anything was asked
    /// for.
    private boolean fetchAsked(int rows, int columns) {
        if (numAsked == 0) {
            return false;
        }
        long tiles = (long) Math.ceilDiv(rows, tileRows) * Math.ceilDiv(columns, tileColumns);
        call.fetch(asked, firstAsked, numAsked, tiles);
        numAsked = 0;
        return true;
    }

    private void slices(Matrix a, Matrix b, long bias, boolean adds) {
        int k = a.columns();
        int numSlices = k <= MOST_K_AT_ONCE ? 1 : Math.ceilDiv(k, MOST_K);
        for (int s = 0, from = 0; s < numSlices; s++) {
            int num = Math.min(sliceSize(k, numSlices), k - from);
            call.slice(num, from == 0 ? bias : 0, adds || from > 0);
            var slice = new Slice(from, num);
            product(a, b, slice);
            from += num;
        }
        numAsked = 0;
    }

    /// In whole squares of a transposition.
    private static int sliceSize(int k, int numSlices) {
        return Math.ceilDiv(Math.ceilDiv(k, numSlices), 16) * 16;
    }

    /// Values `[from, from + num)` of k.
    private record Slice(int from, int num) {}

    private void product(Matrix a, Matrix b, Slice slice) {
        if (copiesCostMore(a, b, slice)) {
            asTheyLie(a, b, slice);
        } else if (4L * b.columns() * slice.num <= CACHED_BYTES) {
            allOfB(a, b, slice);
        } else {
            panelsOfB(a, b, slice);
        }
    }

    private void allOfB(Matrix a, Matrix b, Slice slice) {
        long panels = this.panels.ofB(slice.num, b.columns());
        int most = BLOCK_TILES * tileRows;
        int rows = b.columns() <= tileColumns ? a.rows() : Math.min(2 * most, a.rows());
        rows(a, 0, rows, slice);
        newPanels(b, slice, panels, 4L * slice.num, rows);
        for (int i = rows; i < a.rows(); i += most) {
            rows = Math.min(most, a.rows() - i);
            rows(a, i, rows, slice);
            fetchBlocks(a, i + rows, rows, b.columns(), slice);
            for (int j = 0; j < b.columns(); j += tileColumns) {
                call.run(j, Math.min(tileColumns, b.columns() - j), panels + 4L * j * slice.num);
            }
        }
    }

    /// While `rows` rows are multiplied: the next two blocks, for of one alone some lines do not
    /// come.
    private void fetchBlocks(Matrix a, int next, int rows, int columns, Slice slice) {
        if (next < a.rows()) {
            long tiles = (long) Math.ceilDiv(rows, tileRows) * Math.ceilDiv(columns, tileColumns);
            call.fetch(part(a, next, Math.min(2 * BLOCK_TILES * tileRows, a.rows() - next), slice), tiles);
        }
    }

    private void panelsOfB(Matrix a, Matrix b, Slice slice) {
        long panel = panels.ofB(slice.num, tileColumns);
        int tiles = Math.ceilDiv(a.rows(), tileRows);
        int most = Math.max(1, Math.toIntExact(CACHED_BYTES / 4 / slice.num / tileRows));
        int rowsOfBlock = Math.ceilDiv(tiles, Math.ceilDiv(tiles, most)) * tileRows;
        for (int i = 0; i < a.rows(); i += rowsOfBlock) {
            int rows = Math.min(rowsOfBlock, a.rows() - i);
            rows(a, i, rows, slice);
            newPanels(b, slice, panel, 0, rows);
        }
    }

    /// The first tile of a column brings b into a panel, `step` bytes a column behind `first`.
    private void newPanels(Matrix b, Slice slice, long first, long step, int rows) {
        for (int j = 0; j < b.columns(); j += tileColumns) {
            Matrix columns = part(b, slice, j, Math.min(tileColumns, b.columns() - j));
            fetchPanel(b, slice, j + tileColumns, rows);
            long panel = first + j * step;
            if (b.transposed()) {
                panels.transpose(columns, panel);
                call.run(j, columns.columns(), panel);
            } else {
                call.copy(j, columns, panel);
            }
        }
    }

    private void fetchPanel(Matrix b, Slice slice, int next, int rows) {
        if (next < b.columns()) {
            int columns = Math.min(tileColumns, b.columns() - next);
            call.fetch(part(b, slice, next, columns), Math.ceilDiv(rows, tileRows));
        } else {
            call.fetchNothing();
            fetchAsked(rows, tileColumns);
        }
    }

    /// Than reading along columns: both stay in the second cache, or b is read by few tiles and a
    /// by two, as in attention.
    private boolean copiesCostMore(Matrix a, Matrix b, Slice slice) {
        if (b.transposed() || b.columns() % tileColumns != 0) {
            return false;
        }
        return 4L * slice.num * (a.rows() + b.columns()) <= NEAR_BYTES
                || b.columns() <= 2 * tileColumns && a.rows() <= MOST_K;
    }

    private void asTheyLie(Matrix a, Matrix b, Slice slice) {
        call.rows(part(a, 0, a.rows(), slice), 0);
        boolean isAsked = fetchAsked(a.rows(), b.columns());
        for (int j = 0; j < b.columns(); j += tileColumns) {
            if (!isAsked) {
                fetchPanel(b, slice, j + tileColumns, a.rows());
            }
            call.run(j, part(b, slice, j, tileColumns));
        }
    }

    private void rows(Matrix a, int i, int rows, Slice slice) {
        Matrix part = part(a, i, rows, slice);
        if (part.transposed()) {
            call.rows(part, i, panels.ofA(rows, slice.num), panels.stepOfA(slice.num));
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
