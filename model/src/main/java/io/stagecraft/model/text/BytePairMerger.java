package io.stagecraft.model.text;

import java.util.Arrays;

/// Merges the bytes of a piece of text into tokens: as long as there is a pair of neighbours in the
/// table, all occurrences of the best one are merged, from left to right.
///
/// `O(n log n)` for `n` bytes, whatever they are.
///
/// - Source: Sennrich et al., arXiv:1508.07909; `bpe` of GPT-2's `encoder.py`, to which the result
///   is equal.
final class BytePairMerger {
    private static final int DEAD = -1;

    private final MergeTable table;
    /// Of each place: its symbol, and the places beside it; a merged pair lives on at its left
    /// place.
    private final int[] symbols;

    private final int[] next;
    private final int[] previous;
    private final PairHeap heap;

    private BytePairMerger(MergeTable table, byte[] piece) {
        this.table = table;
        int n = piece.length;
        symbols = new int[n];
        next = new int[n];
        previous = new int[n];
        heap = new PairHeap(n);
        for (int i = 0; i < n; i++) {
            symbols[i] = piece[i] & 0xFF;
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (int i = 0; i < n; i++) {
            offer(i);
        }
    }

    /// Adds the ids of `piece` to `into`.
    static void encode(MergeTable table, byte[] piece, TokenBuffer into) {
        for (int symbol : merge(table, piece)) {
            into.add(table.id(symbol));
        }
    }

    /// The symbols that remain of `piece`.
    static int[] merge(MergeTable table, byte[] piece) {
        var merger = new BytePairMerger(table, piece);
        merger.run();
        return Arrays.stream(merger.symbols).filter(symbol -> symbol != DEAD).toArray();
    }

    private void run() {
        int[] places = new int[symbols.length];
        while (!heap.isEmpty()) {
            int rank = heap.bestRank();
            int num = 0;
            while (!heap.isEmpty() && heap.bestRank() == rank) {
                int place = heap.pop();
                // A pair can have been offered twice.
                if (num == 0 || places[num - 1] != place) {
                    places[num++] = place;
                }
            }
            for (int i = 0; i < num; i++) {
                merge(places[i], rank);
            }
        }
    }

    /// Merges the pair at `place` unless one of the two has changed since it was offered.
    private void merge(int place, int rank) {
        int right = next[place];
        if (symbols[place] == DEAD || right == symbols.length || table.rank(symbols[place], symbols[right]) != rank) {
            return;
        }
        symbols[place] = table.product(rank);
        symbols[right] = DEAD;
        next[place] = next[right];
        if (next[place] < symbols.length) {
            previous[next[place]] = place;
        }
        offer(place);
        if (previous[place] >= 0) {
            offer(previous[place]);
        }
    }

    private void offer(int place) {
        int right = next[place];
        if (right < symbols.length) {
            int rank = table.rank(symbols[place], symbols[right]);
            if (rank != MergeTable.NEVER) {
                heap.push(rank, place);
            }
        }
    }
}
