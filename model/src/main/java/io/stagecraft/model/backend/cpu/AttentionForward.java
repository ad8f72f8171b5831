package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Dropout;

/// Causal attention within documents, head by head, [Triangle#MOST_ROWS] query rows at a time.
///
/// @param qkv address of `[R, H, 3, D]`
/// @param saved address of the probabilities before dropout, `[numSequences, H, T, T]`, written as
///     far as a [Triangle] reads them
/// @param out address of `[R, H, D]`
/// @param starts where the document of each row begins
/// @param dropped address of probabilities after dropout, as many as [Triangle#floats] says
record AttentionForward(
        Gemm gemm,
        DropoutMask masks,
        AttentionSpec spec,
        long qkv,
        long saved,
        long out,
        DocumentStarts starts,
        long dropped) {
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
        Matrix queries = Matrix.of(q, t, d, stride);
        Matrix keys = Matrix.of(q + 4L * d, t, d, stride);
        Matrix values = Matrix.of(q + 8L * d, t, d, stride);
        Matrix mixed = Matrix.of(out + 4L * ((long) b * t * outStride + (long) h * d), t, d, outStride);
        var next = new NextHead(spec, qkv);
        for (int from = 0; from < t; from += Triangle.MOST_ROWS) {
            int num = Math.min(Triangle.MOST_ROWS, t - from);
            var triangle = new Triangle(gemm, from, num);
            long rows = saved + 4L * (((long) b * spec.numHeads() + h) * t + from) * t;
            triangle.scores(
                    (float) spec.scale(),
                    queries.part(from, num, 0, d),
                    keys.part(0, from + num, 0, d),
                    Matrix.of(rows, num, from + num, t),
                    next.queriesAndKeys(b, h));
            softmax(triangle, (long) b * t, rows);
            long weights = spec.dropout().active() ? dropped(triangle, b, h, rows) : rows;
            triangle.ofRows(
                    1,
                    Matrix.of(weights, num, from + num, t),
                    values.part(0, from + num, 0, d),
                    mixed.part(from, num, 0, d),
                    next.values(b, h));
        }
    }

    private void softmax(Triangle triangle, long firstRow, long rows) {
        for (int i = 0; i < triangle.num(); i++) {
            long row = rows + 4L * i * spec.numPositions();
            int position = triangle.from() + i;
            int start = starts.of(firstRow + position, position);
            RowReductions.softmax(row + 4L * start, position + 1 - start);
            Elementwise.fill(row, 0, start);
            triangle.clearBeyond(row, i);
        }
    }

    private long dropped(Triangle triangle, int b, int h, long rows) {
        int t = spec.numPositions();
        Dropout dropout = spec.dropout();
        for (int i = 0; i < triangle.num(); i++) {
            int position = triangle.from() + i;
            long maskRow = ((long) spec.firstHead() + h) * t + position;
            long factors = masks.row(dropout, dropout.firstSample() + b, maskRow, t, position + 1);
            long o = 4L * i * t;
            Elementwise.multiply(rows + o, factors, dropped + o, position + 1);
            triangle.clearBeyond(dropped + o, i);
        }
        return dropped;
    }
}
