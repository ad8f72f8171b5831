package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.TileArguments;
import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.TileFunctions.Tiles;
import java.util.List;
import java.util.stream.IntStream;

/// What columns of tiles are called with, set from the outermost loop to the innermost.
final class TileCall implements AutoCloseable {
    private final TileFunctions functions;
    private final int tileRows;
    private final int tileColumns;
    private final HostStorage storage = HostStorage.allocate(TileArguments.BYTES);
    private final TileArguments arguments = new TileArguments(storage.address());
    private final List<Tiles> kinds;
    private float alpha;
    private Matrix c = Matrix.of(0, 0, 0, 0);
    private int num;
    private long bias;
    private boolean adds;
    private Matrix rows = Matrix.of(0, 0, 0, 0);
    private int firstRow;
    private long from;
    private long stride;
    private long step;
    private long copyOfA;
    private long stepOfCopy;
    private long b;
    private long to;

    TileCall(TileFunctions functions) {
        this.functions = functions;
        tileRows = functions.width().tileRows();
        tileColumns = functions.width().tileColumns();
        kinds = IntStream.range(0, 16 * (tileRows + 1))
                .mapToObj(i -> new Tiles(i / 16, (i & 5) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0))
                .toList();
    }

    /// A product `alpha a b` into `to`.
    void begin(float factor, Matrix to) {
        alpha = factor;
        c = to;
    }

    /// The next `values` of k; `bias` is an address, 0 for none.
    void slice(int values, long newBias, boolean addsToC) {
        num = values;
        bias = newBias;
        adds = addsToC;
    }

    /// The rows of c from `first` on are products with `a` as it lies in memory.
    void rows(Matrix a, int first) {
        rows(a, first, 0, 0);
    }

    /// As the other; the first column of tiles copies the transposed `a` to panels, `panelStep`
    /// bytes each, where the others read it.
    void rows(Matrix a, int first, long panels, long panelStep) {
        rows = a;
        firstRow = first;
        from = a.address();
        stride = 4L * a.leadingDimension();
        step = a.transposed() ? 4L * tileRows : stride * tileRows;
        copyOfA = panels;
        stepOfCopy = panelStep;
        arguments.fetchNothing();
    }

    /// Tiles fetch nothing any more.
    void fetchNothing() {
        arguments.fetchNothing();
    }

    /// The next `tiles` tiles fetch what `part` lies in.
    void fetch(Matrix part, long tiles) {
        Matrix inMemory = part.transposed() ? part.transpose() : part;
        fetch(inMemory, 0, inMemory.rows(), tiles);
    }

    /// As the other, rows `[first, first + num)` of `all`, which is not transposed.
    void fetch(Matrix all, int first, int num, long tiles) {
        long width = 4L * all.columns();
        long times = num * Math.ceilDiv(width, TileArguments.FETCHED_BYTES);
        arguments.fetch(all.at(first, 0), width, 4L * all.leadingDimension(), Math.ceilDiv(times, tiles));
    }

    /// Columns of c from `j` on, at most a tile's, with a panel of b.
    void run(int j, int columns, long panel) {
        begin(j, columns);
        ofB(panel, 4L * tileColumns);
        column(0, columns);
    }

    /// As the other, with b as it lies in memory.
    void run(int j, Matrix b) {
        begin(j, b.columns());
        ofB(b.address(), 4L * b.leadingDimension());
        column(0, b.columns());
    }

    /// As the other; the first tile copies b to `panel`, where the others read it.
    void copy(int j, Matrix b, long panel) {
        begin(j, b.columns());
        ofB(b.address(), 4L * b.leadingDimension());
        arguments.copyB(panel);
        tiles(0, 1, b.columns(), true);
        ofB(panel, 4L * tileColumns);
        column(1, b.columns());
    }

    private void begin(int j, int columns) {
        to = c.address() + 4L * j;
        arguments.set(alpha, bias == 0 ? 0 : bias + 4L * j, adds ? 1 : 0);
        arguments.strides(stride, 4L * c.leadingDimension());
        if (columns < tileColumns) {
            arguments.mask(columns);
        }
        if (copyOfA != 0) {
            arguments.copyA(copyOfA);
        }
    }

    private void ofB(long address, long bStride) {
        b = address;
        arguments.rowsOfB(bStride);
    }

    /// Tiles from number `first` on: whole ones, then one of fewer rows.
    private void column(int first, int columns) {
        int whole = rows.rows() / tileRows;
        if (whole > first) {
            tiles(first, whole - first, columns, false);
        }
        if (rows.rows() % tileRows > 0 && first <= whole) {
            tiles(whole, 1, columns, false);
        }
        if (copyOfA != 0) {
            from = copyOfA;
            stride = 4L * tileRows;
            step = stepOfCopy;
            copyOfA = 0;
        }
    }

    private void tiles(int first, int numTiles, int columns, boolean copiesB) {
        arguments.tiles(numTiles, step);
        int firstOfTile = first * tileRows;
        int rowsOfTile = Math.min(tileRows, rows.rows() - firstOfTile);
        long at = to + 4L * (firstRow + firstOfTile) * c.leadingDimension();
        Tiles kind = kind(rowsOfTile, columns < tileColumns, copiesB);
        functions.tiles(kind, from + first * step, b, at, num, arguments);
    }

    private Tiles kind(int rowsOfTile, boolean isMasked, boolean copiesB) {
        return kinds.get(16 * rowsOfTile
                + (rows.transposed() ? 1 : 0)
                + (isMasked ? 2 : 0)
                + (copyOfA != 0 ? 4 : 0)
                + (copiesB ? 8 : 0));
    }

    @Override
    public void close() {
        storage.close();
    }
}
