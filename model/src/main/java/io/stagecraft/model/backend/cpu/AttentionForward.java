package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Dropout;

/// Causal attention within documents, head by head, in blocks of [#BLOCK] query rows: a block needs only the keys up
/// to its last row, so about half of the products on the other side of the diagonal are left out.
///
/// @param qkv address of `[R, H, 3, D]`
/// @param saved address of the probabilities before dropout, `[numSequences, H, T, T]`, written up to
///     the end of the block that holds the diagonal
/// @param out address of `[R, H, D]`
/// @param starts where the document of each row begins
/// @param block address of `[BLOCK, T]`: probabilities after dropout
record AttentionForward(
        Gemm gemm,
        DropoutMask masks,
        AttentionSpec spec,
        long qkv,
        long saved,
        long out,
        DocumentStarts starts,
        long block) {
    /// Query rows of a block.
    static final int BLOCK = 32;

    /// All sequences and heads.
    void run() {
        for (int b = 0; b < spec.numSequences(); b++) {
            for (int h = 0; h < spec.numHeads(); h++) {
                head(b, h);
            }
        }
    }

    private void head(int b, int h) {
        int t = spec.numPositions();
        int d = spec.headSize();
        int stride = 3 * spec.numHeads() * d;
        int outStride = spec.numHeads() * d;
        long q = qkv + 4L * ((long) b * t * stride + 3L * h * d);
        long k = q + 4L * d;
        long v = k + 4L * d;
        long o = out + 4L * ((long) b * t * outStride + (long) h * d);
        long p = saved + 4L * ((long) b * spec.numHeads() + h) * t * t;
        for (int from = 0; from < t; from += BLOCK) {
            int num = Math.min(BLOCK, t - from);
            int end = from + num;
            long rows = p + 4L * from * t;
            Matrix scores = Matrix.of(rows, num, end, t);
            Matrix queries = Matrix.of(q + 4L * from * stride, num, d, stride);
            gemm.multiply(
                    (float) spec.scale(), queries, Matrix.of(k, end, d, stride).transpose(), 0, scores);
            softmax(b, rows, from, num);
            long weights = spec.dropout().active() ? dropped(b, h, rows, from, num) : rows;
            gemm.multiply(
                    1,
                    Matrix.of(weights, num, end, t),
                    Matrix.of(v, end, d, stride),
                    0,
                    Matrix.of(o + 4L * from * outStride, num, d, outStride));
        }
    }

    private void softmax(int b, long rows, int from, int num) {
        int t = spec.numPositions();
        for (int i = 0; i < num; i++) {
            long row = rows + 4L * i * t;
            int start = starts.of((long) b * t + from + i, from + i);
            int valid = from + i + 1;
            long first = row + 4L * start;
            float sum = RowReductions.exponentials(first, RowReductions.max(first, valid - start), valid - start);
            Elementwise.scale(first, 1 / sum, first, valid - start);
            Elementwise.fill(row, 0, start);
            Elementwise.fill(row + 4L * valid, 0, from + num - valid);
        }
    }

    private long dropped(int b, int h, long rows, int from, int num) {
        int t = spec.numPositions();
        Dropout dropout = spec.dropout();
        for (int i = 0; i < num; i++) {
            int valid = from + i + 1;
            long maskRow = ((long) spec.firstHead() + h) * t + from + i;
            long factors = masks.row(dropout, dropout.firstSample() + b, maskRow, t, valid);
            Elementwise.multiply(rows + 4L * i * t, factors, block + 4L * i * t, valid);
            Elementwise.fill(block + 4L * ((long) i * t + valid), 0, from + num - valid);
        }
        return block;
    }
}
