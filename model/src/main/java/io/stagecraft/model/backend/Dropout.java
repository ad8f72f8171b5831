package io.stagecraft.model.backend;

/// A dropout mask as a function of global position, so that it is the same at every layout and
/// needs no memory.
///
/// Element `(sample s, row t, column c)` of a site is dropped iff `u < threshold`, where `u` is a
/// 16-bit number from Philox4x32-10 with
///
/// - key = [#key] (seed and site), low word first;
/// - counter = (block low, block high, s low, s high), `s` the global index of the sample in the
///   run, `block = t * ceil(numColumns / 8) + c / 8`: a row starts with a block;
/// - `u` = the 16-bit half `c % 8` of the four output words, low half of word 0 first.
///
/// Kept elements are multiplied by `65536 / (65536 - threshold)`, exactly the reciprocal of the
/// probability to be kept. For attention, row = `globalHead * T + i`, column = `j`, numColumns =
/// `T`.
///
/// @param threshold `round(p * 65536)`, 0 for no dropout
/// @param key Philox key: seed and site mixed
/// @param firstSample global index of the microbatch's first sample; sequence `b` is sample
///     `firstSample + b`
/// @param numPositions rows of one sequence
public record Dropout(int threshold, long key, long firstSample, int numPositions) {
    private static final Dropout NONE = new Dropout(0, 0, 0, 1);

    public Dropout {
        if (threshold < 0 || threshold > 65535) {
            throw new IllegalArgumentException("threshold must be in [0, 65535] but is " + threshold);
        }
    }

    /// Keeps everything.
    public static Dropout none() {
        return NONE;
    }

    /// Whether anything is dropped.
    public boolean active() {
        return threshold > 0;
    }

    /// Factor of the elements that are kept.
    public double keepScale() {
        return 65536.0 / (65536 - threshold);
    }
}
