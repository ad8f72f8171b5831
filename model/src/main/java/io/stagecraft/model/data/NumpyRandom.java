package io.stagecraft.model.data;

/// NumPy's legacy generator `RandomState`: a Mersenne Twister (MT19937), call for call the same
/// numbers.
///
/// - Thread: one.
/// - Source: Matsumoto and Nishimura, ACM TOMACS 8(1), 1998, with the seeding of 2002; the bounded
///   draws and the shuffle are those of NumPy's `RandomState.shuffle`.
public final class NumpyRandom {
    private static final int STATE_LENGTH = 624;
    private static final int MIDDLE = 397;
    private static final int MATRIX = 0x9908B0DF;
    private static final long MAX_WORD = 0xFFFF_FFFFL;

    private final int[] state = new int[STATE_LENGTH];
    private int next = STATE_LENGTH;

    /// `RandomState(seed)`; NumPy takes seeds in `[0, 2^32)`.
    public NumpyRandom(long seed) {
        if (seed < 0 || seed > MAX_WORD) {
            throw new IllegalArgumentException("a NumPy seed must be in [0, 4294967295] but is " + seed);
        }
        state[0] = (int) seed;
        for (int i = 1; i < STATE_LENGTH; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
        }
    }

    /// The next 32 bits, as an unsigned number.
    public long nextWord() {
        if (next == STATE_LENGTH) {
            refill();
        }
        int word = state[next++];
        word ^= word >>> 11;
        word ^= word << 7 & 0x9D2C5680;
        word ^= word << 15 & 0xEFC60000;
        word ^= word >>> 18;
        return word & MAX_WORD;
    }

    /// A number in `[0, max]`, by redrawing masked words until one is not above `max`; draws
    /// nothing for 0.
    public long atMost(long max) {
        if (max < 0) {
            throw new IllegalArgumentException("max must be >= 0 but is " + max);
        }
        if (max == 0) {
            return 0;
        }
        long mask = -1L >>> Long.numberOfLeadingZeros(max);
        long value;
        do {
            value = (max <= MAX_WORD ? nextWord() : nextWord() << 32 | nextWord()) & mask;
        } while (value > max);
        return value;
    }

    private void refill() {
        for (int i = 0; i < STATE_LENGTH; i++) {
            int mixed = state[i] & 0x80000000 | state[(i + 1) % STATE_LENGTH] & 0x7FFFFFFF;
            state[i] = state[(i + MIDDLE) % STATE_LENGTH] ^ mixed >>> 1 ^ -(mixed & 1) & MATRIX;
        }
        next = 0;
    }
}
