package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.AttentionSpec;

/// Queries, keys and values of the head that attention comes to next: what products of this one
/// bring near meanwhile. They are short rows far apart, which a processor does not fetch ahead by
/// itself.
///
/// @param qkv address of `[R, H, 3, D]`
record NextHead(AttentionSpec spec, long qkv) {
    /// Queries and keys of the head after `h` of sequence `b`; [Matrix#NONE] after the last.
    Matrix queriesAndKeys(int b, int h) {
        return columns(b, h, 0, 2 * spec.headSize());
    }

    /// The values of the head after `h` of sequence `b`; [Matrix#NONE] after the last.
    Matrix values(int b, int h) {
        return columns(b, h, 2 * spec.headSize(), spec.headSize());
    }

    private Matrix columns(int b, int h, int from, int columns) {
        int channels = 3 * spec.headSize();
        int head = b * spec.numHeads() + h + 1;
        if (head == spec.numSequences() * spec.numHeads()) {
            return Matrix.NONE;
        }
        int stride = spec.numHeads() * channels;
        long row = (long) (head / spec.numHeads()) * spec.numPositions() * stride;
        long column = (long) (head % spec.numHeads()) * channels + from;
        return Matrix.of(qkv + 4 * (row + column), spec.numPositions(), columns, stride);
    }
}
