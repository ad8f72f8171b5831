package io.stagecraft.model.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The merges of a byte-pair encoding, best first: two neighbouring symbols become one.
///
/// Symbols are numbered: the 256 bytes, then what merges name, in the order of their first mention.
/// A pair is found by open addressing over one array of longs.
///
/// - Thread: any number once all merges are added.
final class MergeTable {
    /// What [#rank] answers for a pair that is never merged: worse than every merge.
    static final int NEVER = Integer.MAX_VALUE;

    private static final long FREE = -1;

    /// One merge, in the characters of [ByteAlphabet].
    record Merge(String left, String right) {}

    private final Map<String, Integer> tokenIds;
    private final Map<String, Integer> symbols = new HashMap<>();
    private final List<Merge> merges = new ArrayList<>();
    private int[] products = new int[64];
    private int[] symbolIds = new int[2 * ByteAlphabet.NUM_BYTES];
    private long[] pairs = new long[256];
    private int[] ranks = new int[256];

    /// No merge yet.
    ///
    /// @param tokenIds the id of each token, in the characters of `alphabet`
    MergeTable(ByteAlphabet alphabet, Map<String, Integer> tokenIds) {
        this.tokenIds = tokenIds;
        Arrays.fill(pairs, FREE);
        for (int b = 0; b < ByteAlphabet.NUM_BYTES; b++) {
            symbol(String.valueOf(alphabet.character(b)));
        }
    }

    /// GPT-2 gives id 0 to what its vocabulary does not have.
    private int symbol(String text) {
        return symbols.computeIfAbsent(text, it -> {
            int symbol = symbols.size();
            if (symbol == symbolIds.length) {
                symbolIds = Arrays.copyOf(symbolIds, 2 * symbol);
            }
            symbolIds[symbol] = tokenIds.getOrDefault(text, 0);
            return symbol;
        });
    }

    /// Adds the next best merge.
    ///
    /// - Errors: [IllegalArgumentException] if it was there before or makes what is no token.
    void add(Merge merge) {
        String product = merge.left() + merge.right();
        if (!tokenIds.containsKey(product)) {
            throw new IllegalArgumentException("the merge of \"" + merge.left() + "\" and \"" + merge.right()
                    + "\" makes \"" + product + "\", which the vocabulary does not have");
        }
        int rank = merges.size();
        if (rank == products.length) {
            products = Arrays.copyOf(products, 2 * rank);
            rehash(4 * rank);
        }
        long pair = pair(symbol(merge.left()), symbol(merge.right()));
        int slot = slot(pair);
        if (pairs[slot] != FREE) {
            throw new IllegalArgumentException("the merge of \"" + merge.left() + "\" and \"" + merge.right()
                    + "\" was there before, as number " + (ranks[slot] + 1));
        }
        pairs[slot] = pair;
        ranks[slot] = rank;
        products[rank] = symbol(product);
        merges.add(merge);
    }

    private void rehash(int size) {
        long[] oldPairs = pairs;
        int[] oldRanks = ranks;
        pairs = new long[size];
        ranks = new int[size];
        Arrays.fill(pairs, FREE);
        for (int i = 0; i < oldPairs.length; i++) {
            if (oldPairs[i] != FREE) {
                int slot = slot(oldPairs[i]);
                pairs[slot] = oldPairs[i];
                ranks[slot] = oldRanks[i];
            }
        }
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    /// Where `pair` is or would be. The table is a power of two and never full.
    private int slot(long pair) {
        int mask = pairs.length - 1;
        int slot = (int) (pair * 0x9E3779B97F4A7C15L >>> 32) & mask;
        while (pairs[slot] != FREE && pairs[slot] != pair) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    /// How good the merge of two symbols is, 0 best; [#NEVER] if there is none.
    int rank(int left, int right) {
        int slot = slot(pair(left, right));
        return pairs[slot] == FREE ? NEVER : ranks[slot];
    }

    /// The symbol that the merge `rank` makes.
    int product(int rank) {
        return products[rank];
    }

    /// The id of `symbol` in the vocabulary.
    int id(int symbol) {
        return symbolIds[symbol];
    }

    /// All merges, best first.
    List<Merge> merges() {
        return Collections.unmodifiableList(merges);
    }
}
