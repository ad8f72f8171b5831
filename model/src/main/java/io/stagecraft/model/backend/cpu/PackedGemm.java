package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.VectorWidth;

/// Matrix products of panels and tiles for one rank.
final class PackedGemm implements AutoCloseable {
    static int KC = Integer.getInteger("kc", 512);
    static int A_BYTES = Integer.getInteger("ab", 1 << 20);
    static int B_BYTES = Integer.getInteger("bb", 1 << 20);
    static int AHEAD = Integer.getInteger("ahead", 1);
    static int AB = Integer.getInteger("ablk", 8);
    private final TileFunctions functions;
    private final int tileRows;
    private final int tileColumns;
    private final int lanes;
    private final Scratch panelsOfA = new Scratch();
    private final Scratch panelsOfB = new Scratch();
    private final TileCall call;

    PackedGemm(TileFunctions functions) {
        this.functions = functions;
        VectorWidth width = functions.width();
        tileRows = width.tileRows();
        tileColumns = width.tileColumns();
        lanes = width.lanes();
        call = new TileCall(functions);
    }

    void sgemm(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        multiply(alpha, a, b, beta, 0, c);
    }

    void multiply(float alpha, Matrix a, Matrix b, float beta, long bias, Matrix c) {
        int n = b.columns();
        int k = a.columns();
        int kc = (Math.ceilDiv(k, Math.ceilDiv(k, KC)) + 15) / 16 * 16;
        call.product(alpha, c);
        for (int p = 0; p < k; p += kc) {
            int kb = Math.min(kc, k - p);
            call.slice(kb, p == 0 ? bias : 0, p > 0 || beta != 0);
            if (4L * n * kb <= B_BYTES) {
                packedB(a, b, p, kb);
            } else {
                packedA(a, b, p, kb);
            }
        }
    }

    /// All of b packed, a in small blocks.
    private void packedB(Matrix a, Matrix b, int p, int kb) {
        int m = a.rows();
        int n = b.columns();
        long panels = packB(b, p, kb, 0, n);
        int panelsNum = Math.ceilDiv(n, tileColumns);
        int mc = a.transposed() ? AB * tileRows : m;
        for (int i = 0; i < m; i += mc) {
            int mb = Math.min(mc, m - i);
            call.rows(a, i, mb, p, a.transposed() ? packA(a, i, mb, p, kb) : 0);
            if (a.transposed() && i + mc < m && AHEAD == 1) {
                call.ahead(a.address() + 4L * ((long) p * a.leadingDimension() + i + mc), 4L * a.leadingDimension(), kb, Math.min(mc, m - i - mc), (long) panelsNum * Math.ceilDiv(mb, tileRows));
            } else {
                call.nothingAhead();
            }
            for (int j = 0; j < n; j += tileColumns) {
                call.run(j, Math.min(tileColumns, n - j), panels + 4L * j * kb);
            }
        }
    }

    /// Blocks of a, b panel by panel.
    private void packedA(Matrix a, Matrix b, int p, int kb) {
        int m = a.rows();
        int n = b.columns();
        int most = Math.max(1, A_BYTES / 4 / kb / tileRows);
        int tilesNum = Math.ceilDiv(m, tileRows);
        int mc = Math.ceilDiv(tilesNum, Math.ceilDiv(tilesNum, most)) * tileRows;
        for (int i = 0; i < m; i += mc) {
            int mb = Math.min(mc, m - i);
            call.rows(a, i, mb, p, a.transposed() ? packA(a, i, mb, p, kb) : 0);
            int tiles = Math.ceilDiv(mb, tileRows);
            for (int j = 0; j < n; j += tileColumns) {
                int nr = Math.min(tileColumns, n - j);
                long panel = packB(b, p, kb, j, nr);
                int next = j + tileColumns;
                if (next < n && AHEAD == 1) {
                    long ld = 4L * b.leadingDimension();
                    if (b.transposed()) {
                        call.ahead(b.address() + next * ld + 4L * p, ld, Math.min(tileColumns, n - next), kb, tiles);
                    } else {
                        call.ahead(b.address() + p * ld + 4L * next, ld, kb, tileColumns, tiles);
                    }
                } else {
                    call.nothingAhead();
                }
                call.run(j, nr, panel);
            }
        }
    }

    private long packB(Matrix b, int p, int kb, int j, int nb) {
        long to = panelsOfB.address(4L * kb * ((nb + tileColumns - 1) / tileColumns * tileColumns));
        long ld = 4L * b.leadingDimension();
        long toStride = 4L * tileColumns;
        if (!b.transposed()) {
            int whole = nb / tileColumns;
            long from = b.address() + (long) p * ld + 4L * j;
            if (whole == 1) {
                functions.copyWide(from, to, kb, ld, toStride);
            } else if (whole > 0) {
                for (int kk = 0; kk < kb; kk++) {
                    functions.copyWide(from + kk * ld, to + kk * toStride, whole, toStride, toStride * kb);
                }
            }
            int nr = nb - whole * tileColumns;
            if (nr > 0) {
                long panel = to + 4L * whole * tileColumns * kb;
                for (int kk = 0; kk < kb; kk++) {
                    Elementwise.copy(from + kk * ld + 4L * whole * tileColumns, panel + kk * toStride, nr);
                    Elementwise.fill(panel + kk * toStride + 4L * nr, 0, tileColumns - nr);
                }
            }
            return to;
        }
        for (int jr = 0; jr < nb; jr += tileColumns) {
            int nr = Math.min(tileColumns, nb - jr);
            long panel = to + 4L * jr * kb;
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
        return to;
    }

    private long packA(Matrix a, int i, int mb, int p, int kb) {
        long panelStep = 4L * kb * tileRows + 64;
        long to = panelsOfA.address(panelStep * Math.ceilDiv(mb, tileRows));
        long ld = 4L * a.leadingDimension();
        long from = a.address() + (long) p * ld + 4L * i;
        int safe = mb / tileRows;
        while (safe > 0 && i + (safe - 1) * tileRows + lanes > a.rows()) safe--;
        long step = 4L * tileRows;
        for (int kk = 0; kk < kb; kk++) {
            if (safe > 0) functions.copyNarrow(from + kk * ld, to + kk * step, safe, step, panelStep);
            for (int ir = safe * tileRows; ir < mb; ir += tileRows)
                Elementwise.copy(from + kk * ld + 4L * ir, to + ir / tileRows * panelStep + kk * step, Math.min(tileRows, mb - ir));
        }
        return to;
    }

    @Override
    public void close() {
        panelsOfA.close();
        panelsOfB.close();
        call.close();
    }
}
