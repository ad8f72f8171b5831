package io.stagecraft.model.backend.cpu;

/// How long arrays are walked: a kernel gets at most [#SIZE] elements a call, so that it counts in
/// `int` and is compiled as a method that is called often.
final class Pieces {
    /// Elements of a piece, but for the last one.
    static final int SIZE = 1 << 13;

    private Pieces() {}

    /// Elements of the piece that starts at `from` of `num`.
    static int at(long from, long num) {
        return (int) Math.min(SIZE, num - from);
    }
}
