package io.stagecraft.model.random;

import java.nio.charset.StandardCharsets;

/// Philox4x32-10, a counter-based generator: the numbers at a position are a pure function of key
/// and position, so every rank can compute its own part of a global tensor or mask and nothing is
/// sent.
///
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 3.3;
/// Random123's constants.
public final class Philox {
    private static final int M0 = 0xD2511F53;
    private static final int M1 = 0xCD9E8D57;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;

    private Philox() {}

    /// The first two output words for key `key` and the 128-bit counter (`low`, `high`), word 0 in
    /// the low half.
    public static long words01(long key, long low, long high) {
        return run(key, low, high, false);
    }

    /// The last two output words, word 2 in the low half.
    public static long words23(long key, long low, long high) {
        return run(key, low, high, true);
    }

    private static long run(long key, long low, long high, boolean upper) {
        int c0 = (int) low;
        int c1 = (int) (low >>> 32);
        int c2 = (int) high;
        int c3 = (int) (high >>> 32);
        int k0 = (int) key;
        int k1 = (int) (key >>> 32);
        for (int round = 0; round < 10; round++) {
            long p0 = (M0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
            long p1 = (M1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += W0;
            k1 += W1;
        }
        return upper ? (c2 & 0xFFFFFFFFL) | ((long) c3 << 32) : (c0 & 0xFFFFFFFFL) | ((long) c1 << 32);
    }

    /// A key from the run's seed and the name of a parameter or dropout site: FNV-1a over the UTF-8
    /// bytes, mixed with the seed by the finalizer of SplitMix64.
    public static long key(long seed, String site) {
        long hash = 0xCBF29CE484222325L;
        for (byte b : site.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
        }
        long z = hash + 0x9E3779B97F4A7C15L * (seed + 1);
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
