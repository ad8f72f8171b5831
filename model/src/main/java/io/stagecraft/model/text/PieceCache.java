package io.stagecraft.model.text;

/// The ids of pieces of text that were encoded before: one entry a slot, the newest stays. What it
/// answers never changes, only how soon.
///
/// - Memory: at most 65,536 entries of short pieces.
/// - Thread: any number. Slots are read and written without a lock; an entry is immutable, so that
///   a reader sees a whole one or another one.
final class PieceCache {
    /// What [#find] answers for a piece that is not here; compared by identity.
    static final int[] MISS = new int[0];

    private static final int NUM_SLOTS = 1 << 16;
    private static final int LONGEST_PIECE = 48;

    private final Entry[] slots = new Entry[NUM_SLOTS];

    private record Entry(String piece, int[] ids) {
        private boolean is(String text, int from, int length) {
            return piece.length() == length && text.startsWith(piece, from);
        }
    }

    /// The ids of `text[from .. to)`, or [#MISS]. Not to be changed.
    int[] find(String text, int from, int to) {
        if (to - from <= LONGEST_PIECE
                && slots[slot(text, from, to)] instanceof Entry entry
                && entry.is(text, from, to - from)) {
            return entry.ids();
        }
        return MISS;
    }

    /// Keeps the ids of `text[from .. to)`, which the cache owns from now on.
    void put(String text, int from, int to, int[] ids) {
        if (to - from <= LONGEST_PIECE) {
            slots[slot(text, from, to)] = new Entry(text.substring(from, to), ids);
        }
    }

    private static int slot(String text, int from, int to) {
        int hash = to - from;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + text.charAt(i);
        }
        hash *= 0x9E3779B1; // spreads to the upper bits, which are taken
        return hash >>> 16;
    }
}
