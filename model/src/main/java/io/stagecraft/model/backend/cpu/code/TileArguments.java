package io.stagecraft.model.backend.cpu.code;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The arguments of a column of tiles that do not change from tile to tile, in memory that their
/// code reads.
///
/// Borrows the memory at `address`, [#BYTES] bytes. Addresses and strides are in bytes.
///
/// Thread: the one that calls the tiles.
@SuppressWarnings("restricted")
public final class TileArguments {
    /// What these take.
    public static final int BYTES = 264;

    static final int TILES = 0;
    static final int A_STEP = 8;
    static final int BIAS = 16;
    static final int ALPHA = 24;
    static final int FLAGS = 28;
    /// 16 bits a vector.
    static final int MASK_BITS = 32;
    /// A float a lane, its sign set where the column is written.
    static final int MASK_LANES = 64;
    static final int B_STRIDE = 128;
    static final int FETCH = 136;
    /// Bytes from the last fetched of a row to the next row.
    static final int FETCH_JUMP = 144;
    /// How often [#FETCHED_BYTES] are fetched of a row.
    static final int FETCH_TIMES = 152;
    /// Not 0 if there are [#UNROLLED] values of k.
    static final int FIRST = 160;
    /// How often [#UNROLLED] values of k follow while a row of c is fetched, more of them while
    /// [#FETCHED_BYTES] are, and after that.
    static final int WITH_C = 168;

    static final int WITH_FETCH = 176;
    static final int PLAIN = 184;
    /// Values of k that are left.
    static final int REST = 192;
    /// How often until the next row.
    static final int FETCH_LEFT = 256;
    /// Where tiles copy a and b to.
    static final int COPY_OF_A = 200;

    static final int COPY_OF_B = 208;
    /// 16 bits: the rows of a tile that copies a.
    static final int ROW_BITS = 216;
    /// A float a lane, its sign set where there is such a row.
    static final int ROW_LANES = 224;
    /// Bytes between two copied panels of a: a copied row may reach beyond its panel.
    public static final int GAP = 64;

    /// Values of k in an iteration.
    static final int UNROLLED = 4;
    /// Rows of c that are fetched in an iteration.
    static final int ROWS_AT_ONCE = 1;
    /// What [#fetch] brings near at a time.
    public static final int FETCHED_BYTES = 256;

    /// Flag: the product is multiplied by alpha.
    static final int SCALES = 1;
    /// Flag: a bias is added.
    static final int ADDS_BIAS = 2;
    /// Flag: what is in c is added.
    static final int ADDS_C = 4;

    private static final int MOST_COLUMNS = 32;
    private static final int ITERATIONS_OF_FETCH = FETCHED_BYTES / 128;
    private static final int LANES_OF_ROWS = 8;

    private final long address;
    private long aStride;
    private long cStride;
    private long fetches;
    private final MemorySegment memory;

    /// Arguments at `address`, 64-byte aligned.
    public TileArguments(long address) {
        this.address = address;
        this.memory = MemorySegment.ofAddress(address).reinterpret(BYTES);
    }

    /// Where they are.
    public long address() {
        return address;
    }

    /// From a row of `a` to the next, or from k to the next in a panel; from a row of `c` to the
    /// next.
    public void strides(long ofA, long ofC) {
        aStride = ofA;
        cStride = ofC;
    }

    long aStride() {
        return aStride;
    }

    long cStride() {
        return cStride;
    }

    /// `num` tiles, the `a` of each `step` bytes behind that of the one before.
    public void tiles(long num, long step) {
        memory.set(ValueLayout.JAVA_LONG, TILES, num);
        memory.set(ValueLayout.JAVA_LONG, A_STEP, step);
    }

    /// The factor of the product and what is added to it.
    ///
    /// @param bias address of a float a column, 0 for none
    /// @param beta factor of what is in c, 0 or 1
    public void set(float alpha, long bias, float beta) {
        memory.set(ValueLayout.JAVA_FLOAT, ALPHA, alpha);
        memory.set(ValueLayout.JAVA_LONG, BIAS, bias);
        int flags = (alpha == 1 ? 0 : SCALES) | (bias == 0 ? 0 : ADDS_BIAS) | (beta == 0 ? 0 : ADDS_C);
        memory.set(ValueLayout.JAVA_INT, FLAGS, flags);
    }

    /// The rows of b are `stride` bytes apart.
    public void rowsOfB(long stride) {
        memory.set(ValueLayout.JAVA_LONG, B_STRIDE, stride);
    }

    /// A masked tile writes its first `columns` columns.
    public void mask(int columns) {
        memory.set(ValueLayout.JAVA_INT, MASK_BITS, (1 << columns) - 1);
        for (int c = 0; c < MOST_COLUMNS / 2; c++) {
            memory.set(ValueLayout.JAVA_FLOAT, MASK_LANES + 4L * c, c < columns ? -1f : 0f);
        }
    }

    /// Tiles copy their transposed `a` to panels from `panel` on, [#GAP] bytes apart.
    public void copyA(long panel) {
        memory.set(ValueLayout.JAVA_LONG, COPY_OF_A, panel);
    }

    /// A tile copies the rows of b to `panel`, whole: columns that a masked one does not have are
    /// 0.
    public void copyB(long panel) {
        memory.set(ValueLayout.JAVA_LONG, COPY_OF_B, panel);
    }

    /// Tiles ask for rows of `width` bytes, `apart` bytes from one to the next, to be brought near:
    /// each `times` times for [#FETCHED_BYTES], going on where the one before stopped. Tiles of few
    /// values of k ask less often.
    public void fetch(long from, long width, long apart, long times) {
        long timesARow = Math.ceilDiv(width, FETCHED_BYTES);
        memory.set(ValueLayout.JAVA_LONG, FETCH, from);
        memory.set(ValueLayout.JAVA_LONG, FETCH_JUMP, apart - timesARow * FETCHED_BYTES);
        memory.set(ValueLayout.JAVA_LONG, FETCH_TIMES, timesARow);
        memory.set(ValueLayout.JAVA_LONG, FETCH_LEFT, timesARow);
        fetches = times;
    }

    /// Tiles ask for nothing.
    public void fetchNothing() {
        fetches = 0;
    }

    /// Tiles have `rows` rows and `num` values of k.
    void shape(long num, int rows) {
        memory.set(ValueLayout.JAVA_INT, ROW_BITS, (1 << rows) - 1);
        for (int r = 0; r < LANES_OF_ROWS; r++) {
            memory.set(ValueLayout.JAVA_FLOAT, ROW_LANES + 4L * r, r < rows ? -1f : 0f);
        }
        long left = num / UNROLLED;
        memory.set(ValueLayout.JAVA_LONG, FIRST, left);
        left = Math.max(0, left - 1);
        long withC = Math.min(left, rows - 1L);
        long withFetch = Math.min((left - withC) / ITERATIONS_OF_FETCH, fetches);
        memory.set(ValueLayout.JAVA_LONG, WITH_C, withC);
        memory.set(ValueLayout.JAVA_LONG, WITH_FETCH, withFetch);
        memory.set(ValueLayout.JAVA_LONG, PLAIN, left - withC - ITERATIONS_OF_FETCH * withFetch);
        memory.set(ValueLayout.JAVA_LONG, REST, num % UNROLLED);
    }
}
