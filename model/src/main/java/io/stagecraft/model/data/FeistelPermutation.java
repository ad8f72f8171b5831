package io.stagecraft.model.data;

import io.stagecraft.model.random.Philox;

/// A shuffled order of `[0, size)` for each round number, as a function: no table, any element in
/// constant time.
///
/// A balanced Feistel network of [#NUM_ROUNDS] rounds over the next even number of bits, Philox as
/// its round function; results outside the range go through it again, which keeps it a bijection.
///
/// - Source: Luby and Rackoff, SIAM J. Comput. 17(2), 1988; cycle walking: Black and Rogaway,
///   CT-RSA 2002, section 3.
///
/// @param size number of elements, at least 1
/// @param key chooses the family of orders
public record FeistelPermutation(long size, long key) {
    private static final int NUM_ROUNDS = 6;
    private static final int ROUND_SHIFT = 40;

    public FeistelPermutation {
        if (size < 1) {
            throw new IllegalArgumentException("size must be >= 1 but is " + size);
        }
    }

    /// Element `index` of order `order`.
    public long at(long order, long index) {
        if (index < 0 || index >= size) {
            throw new IllegalArgumentException("index must be in [0, " + size + ") but is " + index);
        }
        int halfBits = Math.max(1, (64 - Long.numberOfLeadingZeros(size - 1) + 1) / 2);
        long value = index;
        do {
            value = encrypt(order, value, halfBits);
        } while (value >= size);
        return value;
    }

    private long encrypt(long order, long value, int halfBits) {
        long mask = (1L << halfBits) - 1;
        long left = value >>> halfBits;
        long right = value & mask;
        for (int round = 0; round < NUM_ROUNDS; round++) {
            long mixed = left ^ (Philox.words01(key, right | ((long) round << ROUND_SHIFT), order) & mask);
            left = right;
            right = mixed;
        }
        return left << halfBits | right;
    }
}
