package io.stagecraft.model.backend.cpu.code;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The arguments of a column of tiles that do not change from tile to tile, in memory that their code reads.
///
/// Borrows the memory at `address`, [#BYTES] bytes. Addresses and strides are in bytes.
///
/// Thread: the one that calls the tiles.
@SuppressWarnings("restricted")
public final class TileArguments {
    /// What these take.
    public static final int BYTES = 256;

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
    static final int FETCH_STRIDE = 144;
    static final int FETCH_STEP = 152;
    /// Not 0 if there are [#UNROLLED] values of k.
    static final int FIRST = 160;
    /// How often [#UNROLLED] values of k follow while rows of c are fetched, while [#FETCHED_BYTES]
    /// are, and after that.
    static final int WITH_C = 168;

    static final int WITH_FETCH = 176;
    static final int PLAIN = 184;
    /// Values of k that are left.
    static final int REST = 192;

    /// Values of k in an iteration.
    static final int UNROLLED = 4;
    /// Rows of c that are fetched in an iteration.
    static final int ROWS_AT_ONCE = 2;
    /// What [#fetch] brings near at a time.
    public static final int FETCHED_BYTES = 512;

    /// Flag: the product is multiplied by alpha.
    static final int SCALES = 1;
    /// Flag: a bias is added.
    static final int ADDS_BIAS = 2;
    /// Flag: what is in c is added.
    static final int ADDS_C = 4;

    private static final int MOST_COLUMNS = 32;

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

    /// From a row of `a` to the next, or from k to the next in a panel; from a row of `c` to the next.
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

    /// Each tile asks `times` times for [#FETCHED_BYTES] to be brought near, first at `from`, then
    /// `stride` bytes on each time; the next tile begins `step` bytes behind. Tiles of few values of k
    /// ask less often.
    public void fetch(long from, long stride, long times, long step) {
        memory.set(ValueLayout.JAVA_LONG, FETCH, from);
        memory.set(ValueLayout.JAVA_LONG, FETCH_STRIDE, stride);
        memory.set(ValueLayout.JAVA_LONG, FETCH_STEP, step);
        fetches = times;
    }

    /// Tiles ask for nothing.
    public void fetchNothing() {
        fetch(0, 0, 0, 0);
    }

    /// How the `num` values of k of tiles of `rows` rows are divided.
    void values(long num, int rows) {
        long left = num / UNROLLED;
        memory.set(ValueLayout.JAVA_LONG, FIRST, left);
        left = Math.max(0, left - 1);
        long withC = Math.min(left, Math.ceilDiv(rows, ROWS_AT_ONCE) - 1);
        long withFetch = Math.min(left - withC, fetches);
        memory.set(ValueLayout.JAVA_LONG, WITH_C, withC);
        memory.set(ValueLayout.JAVA_LONG, WITH_FETCH, withFetch);
        memory.set(ValueLayout.JAVA_LONG, PLAIN, left - withC - withFetch);
        memory.set(ValueLayout.JAVA_LONG, REST, num % UNROLLED);
    }
}
