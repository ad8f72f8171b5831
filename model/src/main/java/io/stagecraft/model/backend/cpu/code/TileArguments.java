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
    public static final int BYTES = 192;

    static final int TILES = 0;
    static final int A_STEP = 8;
    static final int BIAS = 16;
    static final int ALPHA = 24;
    static final int FLAGS = 28;
    /// 16 bits a vector.
    static final int MASK_BITS = 32;
    /// A float a lane, its sign set where the column is written.
    static final int MASK_LANES = 64;
    static final int FETCH = 128;
    static final int FETCH_STRIDE = 136;
    static final int FETCH_ROWS = 144;
    static final int FETCH_PAIRS = 152;
    static final int B_STRIDE = 160;

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

    /// Each tile asks for `rows` rows of `pairs` times two cache lines to be brought near; they follow each other.
    public void fetch(long from, long stride, long rows, long pairs) {
        memory.set(ValueLayout.JAVA_LONG, FETCH, from);
        memory.set(ValueLayout.JAVA_LONG, FETCH_STRIDE, stride);
        memory.set(ValueLayout.JAVA_LONG, FETCH_ROWS, rows);
        memory.set(ValueLayout.JAVA_LONG, FETCH_PAIRS, pairs);
    }

    /// Tiles ask for nothing.
    public void fetchNothing() {
        memory.set(ValueLayout.JAVA_LONG, FETCH_ROWS, 0);
    }
}
