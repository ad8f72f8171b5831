package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.CachedAttentionSpec;

/// Attention of new positions over a cache, head by head. One new position a sequence reads keys and values
/// once; more of them go through the BLAS in blocks of [AttentionForward#BLOCK] query rows.
///
/// @param qkv address of `[R, H, 3, D]`
/// @param cache address of what [CachedAttentionSpec#place] describes
/// @param out address of `[R, H, D]`
/// @param block address of `[BLOCK, capacity]`: scores, then probabilities
record CachedAttention(Gemm gemm, CachedAttentionSpec spec, long qkv, long cache, long out, long block) {
    /// All sequences and heads.
    void run() {
        for (int b = 0; b < spec.numSequences(); b++) {
            for (int h = 0; h < spec.numHeads(); h++) {
                append(b, h);
                if (spec.numPositions() == 1) {
                    one(b, h);
                } else {
                    several(b, h);
                }
            }
        }
    }

    /// Bytes from one row of `qkv` to the next.
    private long rowBytes() {
        return 12L * spec.numHeads() * spec.headSize();
    }

    private long query(int b, int h) {
        return qkv + (long) b * spec.numPositions() * rowBytes() + 12L * h * spec.headSize();
    }

    private long mixed(int b, int h) {
        return out + 4L * spec.headSize() * ((long) b * spec.numPositions() * spec.numHeads() + h);
    }

    private long keys(int b, int h) {
        return cache + 4 * spec.place(b, 0, h);
    }

    private long values(int b, int h) {
        return cache + 4 * spec.place(b, 1, h);
    }

    private void append(int b, int h) {
        long bytes = 4L * spec.headSize();
        long key = query(b, h) + bytes;
        for (int i = 0; i < spec.numPositions(); i++) {
            long at = (spec.firstPosition() + i) * bytes;
            Elementwise.copy(key, keys(b, h) + at, spec.headSize());
            Elementwise.copy(key + bytes, values(b, h) + at, spec.headSize());
            key += rowBytes();
        }
    }

    private void one(int b, int h) {
        int d = spec.headSize();
        int valid = spec.firstPosition() + 1;
        FewRows.products((float) spec.scale(), query(b, h), keys(b, h), valid, d, block);
        softmax(block, valid);
        FewRows.weightedSum(block, valid, values(b, h), d, mixed(b, h));
    }

    private void several(int b, int h) {
        int d = spec.headSize();
        int stride = 3 * spec.numHeads() * d;
        int outStride = spec.numHeads() * d;
        for (int from = 0; from < spec.numPositions(); from += AttentionForward.BLOCK) {
            int num = Math.min(AttentionForward.BLOCK, spec.numPositions() - from);
            int end = spec.firstPosition() + from + num;
            Matrix scores = Matrix.of(block, num, end, end);
            Matrix queries = Matrix.of(query(b, h) + from * rowBytes(), num, d, stride);
            gemm.multiply(
                    (float) spec.scale(),
                    queries,
                    Matrix.of(keys(b, h), end, d, d).transpose(),
                    0,
                    scores);
            for (int i = 0; i < num; i++) {
                long row = block + 4L * i * end;
                int valid = end - num + i + 1;
                softmax(row, valid);
                Elementwise.fill(row + 4L * valid, 0, end - valid);
            }
            gemm.multiply(
                    1,
                    scores,
                    Matrix.of(values(b, h), end, d, d),
                    0,
                    Matrix.of(mixed(b, h) + 4L * from * outStride, num, d, outStride));
        }
    }

    private static void softmax(long row, int valid) {
        float sum = RowReductions.exponentials(row, RowReductions.max(row, valid), valid);
        Elementwise.scale(row, 1 / sum, row, valid);
    }
}
