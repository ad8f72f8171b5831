package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.TileArguments;
import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.VectorWidth;

/// Parts of matrices in the order in which tiles read them.
///
/// A panel of b has for each k as many elements as a tile has columns, one of a as many as it has
/// rows. Columns that b does not have are 0. Tiles copy what lies so in memory; a transposed b is
/// written here.
final class Panels implements AutoCloseable {
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

    /// Where panels of `columns` columns of b fit: an address that is good until the next call.
    long ofB(int k, int columns) {
        return ofB.address(4L * k * Math.ceilDiv(columns, tileColumns) * tileColumns);
    }

    /// Where panels of `rows` rows of a fit, good until the next call.
    long ofA(int rows, int k) {
        return ofA.address(stepOfA(k) * Math.ceilDiv(rows, tileRows));
    }

    /// Bytes from a panel of `k` elements a row to the next.
    long stepOfA(int k) {
        return 4L * tileRows * k + TileArguments.GAP;
    }

    /// The panel of a transposed `b`, `[k, columns]` of at most a tile's columns, in squares; what
    /// is left beside and below them element by element.
    void transpose(Matrix b, long to) {
        long stride = 4L * b.leadingDimension();
        long step = 4L * tileColumns;
        int squares = b.rows() / lanes;
        for (int j = 0; j < tileColumns; j += lanes) {
            int columns = Math.clamp(b.columns() - j, 0, lanes);
            long from = b.at(0, j);
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

    @Override
    public void close() {
        ofA.close();
        ofB.close();
    }
}
