package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Dropout;

/// Rows of a dropout mask as factors, 0 or the scale of what is kept, in memory that is reused from
/// row to row.
///
/// Thread: the backend's.
final class DropoutMask {
    private final Scratch halves;
    private final Scratch factors;

    DropoutMask(Scratch halves, Scratch factors) {
        this.halves = halves;
        this.factors = factors;
    }

    /// Address of the factors of row `row` of `sample`, columns `[0, num)` of `numColumns`. Valid
    /// until the next call.
    long row(Dropout dropout, long sample, long row, int numColumns, int num) {
        int numBlocks = (num + 7) / 8;
        int padded = (numBlocks + PhiloxLanes.WIDTH - 1) / PhiloxLanes.WIDTH * PhiloxLanes.WIDTH;
        long words = halves.address(16L * padded);
        long out = factors.address(32L * padded);
        long firstBlock = row * ((numColumns + 7) / 8);
        PhiloxLanes.blocks(dropout.key(), firstBlock, sample, numBlocks, words);
        int keepBits = Float.floatToRawIntBits((float) dropout.keepScale());
        PhiloxLanes.factors(words, dropout.threshold(), keepBits, num, out);
        return out;
    }

    /// As the other, for row `r` of a microbatch: sample and row within it follow from
    /// `numPositions`.
    long row(Dropout dropout, long r, int numColumns) {
        long sample = dropout.firstSample() + r / dropout.numPositions();
        return row(dropout, sample, r % dropout.numPositions(), numColumns, numColumns);
    }
}
