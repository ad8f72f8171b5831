package io.stagecraft.model.backend.cpu.code;

/// Where the arguments of a column of tiles lie that do not change from tile to tile, in bytes.
///
/// 64 bits: number of tiles, bytes from the `a` of a tile to that of the next, address of the bias. 32 bits:
/// alpha, flags. Then the columns that a masked tile writes, as bits (16 a vector) and as lanes (a float each
/// with its sign set).
public final class TileArguments {
    static final int TILES = 0;
    static final int A_STEP = 8;
    static final int BIAS = 16;
    static final int ALPHA = 24;
    static final int FLAGS = 28;
    static final int MASK_BITS = 32;
    static final int MASK_LANES = 64;

    /// Where memory begins that will be packed next; moves on as tiles fetch it.
    static final int AHEAD = 128;

    /// Bytes from a row of it to the next.
    static final int AHEAD_STRIDE = 136;

    /// Rows that a tile fetches.
    static final int AHEAD_ROWS = 144;

    /// Pairs of cache lines of such a row.
    static final int AHEAD_PAIRS = 152;

    /// Flag: the product is multiplied by alpha.
    static final int SCALES = 1;

    /// Flag: a bias is added.
    static final int ADDS_BIAS = 2;

    /// Flag: what is in c is added.
    static final int ADDS_C = 4;

    /// All of it.
    public static final int BYTES = 192;

    private TileArguments() {}
}
