package io.stagecraft.model.checkpoint.megatron;

/// The state of a Mersenne Twister right after it was seeded.
///
/// Source: Matsumoto and Nishimura, `mt19937ar.c`, `init_genrand` and `init_by_array`.
final class MersenneTwisterWriter {
    static final int NUM_WORDS = 624;

    private static final int MULTIPLIER = 1812433253;

    private MersenneTwisterWriter() {}

    /// As NumPy and PyTorch seed it.
    static int[] ofSeed(int seed) {
        int[] state = new int[NUM_WORDS];
        state[0] = seed;
        for (int i = 1; i < NUM_WORDS; i++) {
            state[i] = MULTIPLIER * mixed(state[i - 1]) + i;
        }
        return state;
    }

    /// As Python's `random.seed` does it for a number below 2^32.
    static int[] ofKey(int key) {
        int[] state = ofSeed(19650218);
        int i = 1;
        for (int k = 0; k < NUM_WORDS; k++) {
            state[i] = (state[i] ^ (mixed(state[i - 1]) * 1664525)) + key;
            i = next(state, i);
        }
        for (int k = 1; k < NUM_WORDS; k++) {
            state[i] = (state[i] ^ (mixed(state[i - 1]) * 1566083941)) - i;
            i = next(state, i);
        }
        state[0] = 0x80000000;
        return state;
    }

    private static int mixed(int word) {
        return word ^ (word >>> 30);
    }

    private static int next(int[] state, int i) {
        if (i + 1 < NUM_WORDS) {
            return i + 1;
        }
        state[0] = state[NUM_WORDS - 1];
        return 1;
    }
}
