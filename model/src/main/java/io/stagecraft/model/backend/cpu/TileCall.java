package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.TileArguments;
import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.TileFunctions.Tiles;
import java.lang.foreign.ValueLayout;

/// The arguments of columns of tiles, set as loops go in.
final class TileCall implements AutoCloseable {
    private final TileFunctions functions;
    private final int tileRows;
    private final int tileColumns;
    private final Tiles[] kinds;
    private final HostStorage storage = HostStorage.allocate(TileArguments.BYTES);
    private final long at = storage.address();
    private float alpha;
    private long c;
    private long cStride;
    private int kb;
    private long bias;
    private boolean adds;
    private long a;
    private long aStride;
    private long aStep;
    private boolean isPanel;
    private int row;
    private int rows;

    TileCall(TileFunctions functions) {
        this.functions = functions;
        tileRows = functions.width().tileRows();
        tileColumns = functions.width().tileColumns();
        kinds = new Tiles[4 * (tileRows + 1)];
        for (int r = 0; r <= tileRows; r++) for (int i = 0; i < 4; i++) kinds[4 * r + i] = new Tiles(r, i >= 2, i % 2 == 1);
    }

    void product(float newAlpha, Matrix to) {
        alpha = newAlpha;
        c = to.address();
        cStride = 4L * to.leadingDimension();
    }

    void slice(int newKb, long newBias, boolean newAdds) {
        kb = newKb;
        bias = newBias;
        adds = newAdds;
    }

    void rows(Matrix from, int i, int mb, int p, long packed) {
        row = i;
        rows = mb;
        isPanel = from.transposed();
        if (isPanel) {
            a = packed;
            aStride = 4L * tileRows;
            aStep = aStride * kb + 64;
        } else {
            a = from.address() + 4L * ((long) i * from.leadingDimension() + p);
            aStride = 4L * from.leadingDimension();
            aStep = aStride * tileRows;
        }
    }

    void ahead(long from, long stride, int numRows, int columns, long tiles) {
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at + 128, from);
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at + 136, stride);
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at + 144, Math.ceilDiv(numRows, tiles));
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at + 152, (long) Math.ceilDiv(columns, 32));
    }

    void nothingAhead() {
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at + 144, 0L);
    }

    void run(int j, int columns, long panel) {
        int full = rows / tileRows;
        int rest = rows % tileRows;
        boolean isMasked = columns < tileColumns;
        set(full, bias == 0 ? 0 : bias + 4L * j, columns);
        int kind = (isPanel ? 2 : 0) + (isMasked ? 1 : 0);
        long to = c + row * cStride + 4L * j;
        if (full > 0) {
            functions.tiles(kinds[4 * tileRows + kind], a, panel, to, kb, aStride, cStride, at);
        }
        if (rest > 0) {
            Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at, 1L);
            functions.tiles(kinds[4 * rest + kind], a + full * aStep, panel, to + (long) full * tileRows * cStride, kb, aStride, cStride, at);
        }
    }

    private void set(long full, long biasFrom, int columns) {
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at, full);
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at + 8, aStep);
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at + 16, biasFrom);
        Lanes.set(at + 24, alpha);
        Lanes.MEMORY.set(ValueLayout.JAVA_INT, at + 28, (alpha != 1 ? 1 : 0) | (biasFrom != 0 ? 2 : 0) | (adds ? 4 : 0));
        if (columns < tileColumns) {
            Lanes.MEMORY.set(ValueLayout.JAVA_INT, at + 32, (1 << columns) - 1);
            for (int l = 0; l < 16; l++) Lanes.set(at + 64 + 4 * l, l < columns ? -1f : 0f);
        }
    }

    @Override
    public void close() {
        storage.close();
    }
}
