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

    TileCall(TileFunctions functions) {
        this.functions = functions;
        tileRows = functions.width().tileRows();
        tileColumns = functions.width().tileColumns();
        kinds = IntStream.range(0, 4 * (tileRows + 1))
                .mapToObj(i -> new Tiles(i / 4, (i & 2) != 0, (i & 1) != 0))
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
        rows(a, first, a.address(), 4L * a.leadingDimension());
        step = a.transposed() ? 4L * tileRows : stride * tileRows;
    }

    /// As the other, with the `panels` of a transposed a.
    void rows(Matrix a, int first, long panels) {
        rows(a, first, panels, 4L * tileRows);
        step = stride * num + Panels.GAP;
    }

    private void rows(Matrix a, int first, long address, long newStride) {
        rows = a;
        firstRow = first;
        from = address;
        stride = newStride;
        arguments.fetchNothing();
    }

    /// The next `tiles` tiles fetch what `part` lies in; only some rows of it if they are long and more
    /// than the tiles.
    void fetch(Matrix part, long tiles) {
        Matrix inMemory = part.transposed() ? part.transpose() : part;
        long width = 4L * inMemory.columns();
        long apart = 4L * inMemory.leadingDimension();
        long rowsOfTile = Math.ceilDiv(inMemory.rows(), tiles);
        if (width <= TileArguments.FETCHED_BYTES) {
            arguments.fetch(inMemory.address(), apart, rowsOfTile, rowsOfTile * apart);
            return;
        }
        long times = Math.ceilDiv(width == apart ? width * rowsOfTile : width, TileArguments.FETCHED_BYTES);
        arguments.fetch(inMemory.address(), TileArguments.FETCHED_BYTES, times, rowsOfTile * apart);
    }

    /// As the other, with a panel of b.
    void run(int j, int columns, long panel) {
        run(j, columns, panel, 4L * tileColumns);
    }

    /// Columns of c from `j` on, at most a tile's, with rows of b that are `bStride` bytes apart.
    void run(int j, int columns, long panel, long bStride) {
        arguments.rowsOfB(bStride);
        int whole = rows.rows() / tileRows;
        int rest = rows.rows() % tileRows;
        long cStride = 4L * c.leadingDimension();
        long to = c.address() + firstRow * cStride + 4L * j;
        arguments.set(alpha, bias == 0 ? 0 : bias + 4L * j, adds ? 1 : 0);
        arguments.strides(stride, cStride);
        boolean isMasked = columns < tileColumns;
        if (isMasked) {
            arguments.mask(columns);
        }
        if (whole > 0) {
            arguments.tiles(whole, step);
            Tiles kind = kind(tileRows, isMasked);
            functions.tiles(kind, from, panel, to, num, arguments);
        }
        if (rest > 0) {
            arguments.tiles(1, step);
            Tiles kind = kind(rest, isMasked);
            long below = to + whole * tileRows * cStride;
            functions.tiles(kind, from + whole * step, panel, below, num, arguments);
        }
    }

    private Tiles kind(int num, boolean isMasked) {
        return kinds.get(4 * num + (rows.transposed() ? 2 : 0) + (isMasked ? 1 : 0));
    }

    @Override
    public void close() {
        storage.close();
    }
}
