package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.TileFunctions.Pieces;
import io.stagecraft.model.backend.cpu.code.VectorWidth;

/// Copies of parts of matrices in the order in which tiles read them.
///
/// A panel of b has for each k as many elements as a tile has columns, one of a as many as it has rows. Columns that b
/// does not have are 0. Panels of a lie [#GAP] bytes apart: a copied row may reach into the next.
final class Panels implements AutoCloseable {
    /// Bytes between two panels of a.
    static final int GAP = 64;

    private final TileFunctions functions;
    private final int tileRows;
    private final int tileColumns;
    private final int lanes;
    private final Scratch ofA = new Scratch();
    private final Scratch ofB = new Scratch();

    Panels(TileFunctions functions) {
        this.functions = functions;
        VectorWidth width = functions.width();
        tileRows = width.tileRows();
        tileColumns = width.tileColumns();
        lanes = width.lanes();
    }

    /// The panels of `b`, `[k, columns]`: an address that is good until the next call.
    long ofB(Matrix b) {
        long to = ofB.address(4L * b.rows() * Math.ceilDiv(b.columns(), tileColumns) * tileColumns);
        if (b.transposed()) {
            for (int j = 0; j < b.columns(); j += tileColumns) {
                transpose(b, j, to + 4L * j * b.rows());
            }
        } else {
            copy(b, to);
        }
        return to;
    }

    private void copy(Matrix b, long to) {
        int whole = b.columns() / tileColumns;
        int rest = b.columns() % tileColumns;
        long stride = 4L * b.leadingDimension();
        long step = 4L * tileColumns;
        long panel = step * b.rows();
        if (whole > 0) {
            functions.copyWide(b.address(), to, new Pieces(b.rows(), whole, stride, step, panel));
        }
        for (int k = 0; k < b.rows() && rest > 0; k++) {
            long last = to + whole * panel + k * step;
            Elementwise.copy(b.at(k, whole * tileColumns), last, rest);
            Elementwise.fill(last + 4L * rest, 0, tileColumns - rest);
        }
    }

    /// The panel of a transposed b from column `first` on, in squares; what is left beside and below them element by
    /// element.
    private void transpose(Matrix b, int first, long to) {
        long stride = 4L * b.leadingDimension();
        long step = 4L * tileColumns;
        int squares = b.rows() / lanes;
        for (int j = 0; j < tileColumns; j += lanes) {
            int columns = Math.clamp(b.columns() - first - j, 0, lanes);
            long from = b.at(0, first + j);
            int done = 0;
            if (columns == lanes && squares > 0) {
                functions.transpose(from, to + 4L * j, squares, stride, step);
                done = squares * lanes;
            }
            for (int k = done; k < b.rows(); k++) {
                gather(from + 4L * k, stride, columns, to + k * step + 4L * j);
            }
        }
    }

    private void gather(long from, long stride, int num, long to) {
        for (int l = 0; l < lanes; l++) {
            Lanes.set(to + 4L * l, l < num ? Lanes.get(from + l * stride) : 0);
        }
    }

    /// The panels of a transposed `a`, `[rows, k]`, good until the next call. In memory, `following` elements of a row
    /// at least follow its first.
    long ofA(Matrix a, int following) {
        int k = a.columns();
        long step = 4L * tileRows;
        long panel = stepOfA(k);
        long to = ofA.address(panel * Math.ceilDiv(a.rows(), tileRows));
        int whole = following < lanes ? 0 : Math.min(a.rows() / tileRows, (following - lanes) / tileRows + 1);
        if (whole > 0) {
            functions.copyNarrow(a.address(), to, new Pieces(k, whole, 4L * a.leadingDimension(), step, panel));
        }
        for (int i = whole * tileRows; i < a.rows(); i += tileRows) {
            int rows = Math.min(tileRows, a.rows() - i);
            for (int p = 0; p < k; p++) {
                Elementwise.copy(a.at(i, p), to + i / tileRows * panel + p * step, rows);
            }
        }
        return to;
    }

    /// Bytes from a panel of `k` elements a row to the next.
    long stepOfA(int k) {
        return 4L * tileRows * k + GAP;
    }

    @Override
    public void close() {
        ofA.close();
        ofB.close();
    }
}
