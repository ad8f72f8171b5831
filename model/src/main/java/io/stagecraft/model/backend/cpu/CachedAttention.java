package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.CachedAttentionSpec;

/// Attention of new positions over a cache, head by head. One new position a sequence reads keys
/// and values once; more of them go through products, [Triangle#MOST_ROWS] query rows at a time.
///
/// @param qkv address of `[R, H, 3, D]`
/// @param cache address of what [CachedAttentionSpec#place] describes
/// @param out address of `[R, H, D]`
/// @param scores address of scores, then probabilities, as many as [Triangle#floats] says of the
///     capacity
record CachedAttention(
        Gemm gemm, FewRows fewRows, CachedAttentionSpec spec, long qkv, long cache, long out, long scores) {
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
        fewRows.products((float) spec.scale(), query(b, h), keys(b, h), valid, d, scores);
        RowReductions.softmax(scores, valid);
        FewRows.weightedSum(scores, valid, values(b, h), d, mixed(b, h));
    }

    private void several(int b, int h) {
        int d = spec.headSize();
        int stride = 3 * spec.numHeads() * d;
        int outStride = spec.numHeads() * d;
        for (int first = 0; first < spec.numPositions(); first += Triangle.MOST_ROWS) {
            int num = Math.min(Triangle.MOST_ROWS, spec.numPositions() - first);
            var triangle = new Triangle(gemm, spec.firstPosition() + first, num);
            int end = triangle.from() + num;
            Matrix weights = Matrix.of(scores, num, end, end);
            triangle.scores(
                    (float) spec.scale(),
                    Matrix.of(query(b, h) + first * rowBytes(), num, d, stride),
                    Matrix.of(keys(b, h), end, d, d),
                    weights,
                    Matrix.NONE);
            for (int i = 0; i < num; i++) {
                long row = scores + 4L * i * end;
                RowReductions.softmax(row, triangle.from() + i + 1);
                triangle.clearBeyond(row, i);
            }
            triangle.ofRows(
                    1,
                    weights,
                    Matrix.of(values(b, h), end, d, d),
                    Matrix.of(mixed(b, h) + 4L * first * outStride, num, d, outStride),
                    Matrix.NONE);
        }
    }
}
