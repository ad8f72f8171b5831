package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.TileArguments;
import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.VectorWidth;
import java.lang.foreign.ValueLayout;

/// Matrix products of panels and tiles for one rank.
final class PackedGemm implements AutoCloseable {
    static int KC = Integer.getInteger("kc", 512);
    static int MC_BYTES = Integer.getInteger("mc", 1 << 19);
    static int NC_BYTES = Integer.getInteger("nc", 4 << 20);
    private final TileFunctions functions;
    private final int tileRows;
    private final int tileColumns;
    private final int lanes;
    private final Scratch panelsOfA = new Scratch();
    private final Scratch panelsOfB = new Scratch();
    private final HostStorage arguments = HostStorage.allocate(TileArguments.BYTES);
    private final TileFunctions.Tiles[] kinds;

    PackedGemm(TileFunctions functions) {
        this.functions = functions;
        VectorWidth width = functions.width();
        tileRows = width.tileRows();
        tileColumns = width.tileColumns();
        lanes = width.lanes();
        kinds = new TileFunctions.Tiles[4 * (tileRows + 1)];
        for (int r = 0; r <= tileRows; r++)
            for (int i = 0; i < 4; i++) kinds[4 * r + i] = new TileFunctions.Tiles(r, i >= 2, i % 2 == 1);
    }

    void sgemm(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        multiply(alpha, a, b, beta, 0, c);
    }

    void multiply(float alpha, Matrix a, Matrix b, float beta, long bias, Matrix c) {
        int m = a.rows();
        int n = b.columns();
        int k = a.columns();
        int kBlocks = Math.ceilDiv(k, KC);
        int kc = (Math.ceilDiv(k, kBlocks) + 15) / 16 * 16;
        int nc = Math.max(tileColumns, NC_BYTES / 4 / kc / tileColumns * tileColumns);
        int mc = Math.max(tileRows, MC_BYTES / 4 / kc / tileRows * tileRows);
        if (a.transposed()) mc = Math.min(mc, 8 * tileRows);
        for (int j = 0; j < n; j += nc) {
            int nb = Math.min(nc, n - j);
            for (int p = 0; p < k; p += kc) {
                int kb = Math.min(kc, k - p);
                long panels = packB(b, p, kb, j, nb);
                boolean adds = p > 0 || beta != 0;
                for (int i = 0; i < m; i += mc) {
                    int mb = Math.min(mc, m - i);
                    block(alpha, a, i, mb, p, kb, panels, j, nb, adds, p == 0 && bias != 0 ? bias + 4L * j : 0, c);
                }
            }
        }
    }

    private void block(float alpha, Matrix a, int i, int mb, int p, int kb, long panels, int j, int nb, boolean adds, long bias, Matrix c) {
        long from;
        long stride;
        long step;
        if (a.transposed()) {
            from = packA(a, i, mb, p, kb);
            stride = 4L * tileRows;
            step = stride * kb;
        } else {
            from = a.address() + 4L * ((long) i * a.leadingDimension() + p);
            stride = 4L * a.leadingDimension();
            step = stride * tileRows;
        }
        long cStride = 4L * c.leadingDimension();
        int full = mb / tileRows;
        int rest = mb % tileRows;
        int kind = a.transposed() ? 2 : 0;
        for (int jr = 0; jr < nb; jr += tileColumns) {
            int nr = Math.min(tileColumns, nb - jr);
            long to = c.address() + 4L * ((long) i * c.leadingDimension() + j + jr);
            long panel = panels + 4L * jr * kb;
            arguments(full, step, bias == 0 ? 0 : bias + 4L * jr, alpha, adds, nr);
            int masked = nr < tileColumns ? 1 : 0;
            if (full > 0) functions.tiles(kinds[4 * tileRows + kind + masked], from, panel, to, kb, stride, cStride, arguments.address());
            if (rest > 0) {
                Lanes.MEMORY.set(ValueLayout.JAVA_LONG, arguments.address(), 1L);
                functions.tiles(kinds[4 * rest + kind + masked], from + full * step, panel, to + full * tileRows * cStride, kb, stride, cStride, arguments.address());
            }
        }
    }

    private void arguments(long full, long step, long bias, float alpha, boolean adds, int nr) {
        long at = arguments.address();
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at, full);
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at + 8, step);
        Lanes.MEMORY.set(ValueLayout.JAVA_LONG, at + 16, bias);
        Lanes.set(at + 24, alpha);
        Lanes.MEMORY.set(ValueLayout.JAVA_INT, at + 28, (alpha != 1 ? 1 : 0) | (bias != 0 ? 2 : 0) | (adds ? 4 : 0));
        if (nr < tileColumns) {
            Lanes.MEMORY.set(ValueLayout.JAVA_INT, at + 32, (1 << nr) - 1);
            for (int l = 0; l < 16; l++) Lanes.set(at + 64 + 4 * l, l < nr ? -1f : 0f);
        }
    }

    private long packB(Matrix b, int p, int kb, int j, int nb) {
        long to = panelsOfB.address(4L * kb * ((nb + tileColumns - 1) / tileColumns * tileColumns));
        long ld = 4L * b.leadingDimension();
        long toStride = 4L * tileColumns;
        for (int jr = 0; jr < nb; jr += tileColumns) {
            int nr = Math.min(tileColumns, nb - jr);
            long panel = to + 4L * jr * kb;
            if (!b.transposed()) {
                long from = b.address() + (long) p * ld + 4L * (j + jr);
                if (nr == tileColumns) functions.copyWide(from, panel, kb, ld, toStride);
                else for (int kk = 0; kk < kb; kk++) {
                    Elementwise.copy(from + kk * ld, panel + kk * toStride, nr);
                    Elementwise.fill(panel + kk * toStride + 4L * nr, 0, tileColumns - nr);
                }
            } else {
                long from = b.address() + (j + jr) * ld + 4L * p;
                for (int half = 0; half < tileColumns; half += lanes) {
                    int num = Math.min(lanes, Math.max(0, nr - half));
                    int kk = 0;
                    if (num == lanes && kb >= lanes) {
                        functions.transpose(from + half * ld, panel + 4L * half, kb / lanes, ld, toStride);
                        kk = kb / lanes * lanes;
                    }
                    for (; kk < kb; kk++)
                        for (int l = 0; l < lanes; l++)
                            Lanes.set(panel + kk * toStride + 4L * (half + l), l < num ? Lanes.get(from + (half + l) * ld + 4L * kk) : 0);
                }
            }
        }
        return to;
    }

    private long packA(Matrix a, int i, int mb, int p, int kb) {
        long to = panelsOfA.address(4L * kb * ((mb + tileRows - 1) / tileRows * tileRows) + 64);
        long ld = 4L * a.leadingDimension();
        for (int ir = 0; ir < mb; ir += tileRows) {
            int mr = Math.min(tileRows, mb - ir);
            long from = a.address() + (long) p * ld + 4L * (i + ir);
            long panel = to + 4L * ir * kb;
            if (i + ir + lanes <= a.rows()) functions.copyNarrow(from, panel, kb, ld, 4L * tileRows);
            else for (int kk = 0; kk < kb; kk++) Elementwise.copy(from + kk * ld, panel + 4L * kk * tileRows, mr);
        }
        return to;
    }

    @Override
    public void close() {
        panelsOfA.close();
        panelsOfB.close();
        arguments.close();
    }
}
