package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.AttentionSpec;

/// Queries, keys and values of the head that attention comes to next: what products of this one bring near
/// meanwhile. They are short rows far apart, which a processor does not fetch ahead by itself.
///
/// @param qkv address of `[R, H, 3, D]`
record NextHead(AttentionSpec spec, long qkv) {
    /// The first columns of the rows of the head after `h` of sequence `b`, as many as are fetched at a time;
    /// [Matrix#NONE] after the last.
    Matrix first(int b, int h) {
        return columns(b, h, 0);
    }

    /// As [#first], the columns behind those.
    Matrix second(int b, int h) {
        return columns(b, h, Gemm.FETCHED_COLUMNS);
    }

    private Matrix columns(int b, int h, int from) {
        int channels = 3 * spec.headSize();
        int head = b * spec.numHeads() + h + 1;
        int columns = Math.min(Gemm.FETCHED_COLUMNS, channels - from);
        if (columns <= 0 || head == spec.numSequences() * spec.numHeads()) {
            return Matrix.NONE;
        }
        int stride = spec.numHeads() * channels;
        long row = (long) (head / spec.numHeads()) * spec.numPositions() * stride;
        long column = (long) (head % spec.numHeads()) * channels + from;
        return Matrix.of(qkv + 4 * (row + column), spec.numPositions(), columns, stride);
    }
}
