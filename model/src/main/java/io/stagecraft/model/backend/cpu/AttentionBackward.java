package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Dropout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Gradients of causal attention, [Triangle#MOST_ROWS] query rows at a time, the last first: they
/// touch every key, so their products write `dK` and `dV` and those of the others add.
/// Probabilities of other documents were saved as 0, which is all that backward needs of the mask.
///
/// With `P'` the probabilities after dropout: `dV = P'ᵀ dO`, `dP' = dO vᵀ`, `dP = dP' * mask`,
/// `dS = P (dP - Σ_j P dP)`, `dQ = scale dS k`, `dK = scale dSᵀ q`.
///
/// @param dOut address of `[R, H, D]`
/// @param qkv address of `[R, H, 3, D]`
/// @param saved address of the probabilities before dropout
/// @param dQkv address of `[R, H, 3, D]`
/// @param scores address of `dP` and, behind it if anything is dropped, of `P'`: as many floats
///     each as [Triangle#floats] says
record AttentionBackward(
        Gemm gemm, DropoutMask masks, AttentionSpec spec, long dOut, long qkv, long saved, long dQkv, long scores) {
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
        int last = (t - 1) / Triangle.MOST_ROWS;
        for (int i = last; i >= 0; i--) {
            int from = i * Triangle.MOST_ROWS;
            rows(new Triangle(gemm, from, Math.min(Triangle.MOST_ROWS, t - from)), b, h, i == last ? 0 : 1);
        }
    }

    private void rows(Triangle triangle, int b, int h, float beta) {
        int t = spec.numPositions();
        int d = spec.headSize();
        int from = triangle.from();
        int num = triangle.num();
        int end = from + num;
        int stride = 3 * spec.numHeads() * d;
        int outStride = spec.numHeads() * d;
        long head = 4L * ((long) b * t * stride + 3L * h * d);
        long row = 4L * from * stride;
        long p = saved + 4L * (((long) b * spec.numHeads() + h) * t + from) * t;
        Matrix queries = Matrix.of(qkv + head + row, num, d, stride);
        Matrix keys = Matrix.of(qkv + head + 4L * d, end, d, stride);
        Matrix values = Matrix.of(qkv + head + 8L * d, end, d, stride);
        Matrix dO = Matrix.of(dOut + 4L * (((long) b * t + from) * outStride + (long) h * d), num, d, outStride);
        Matrix dScores = Matrix.of(scores, num, end, t);
        var next = new NextHead(spec, qkv);
        triangle.scores(1, dO, values, dScores, Matrix.of(p, num, end, t));
        long weights = spec.dropout().active() ? dropped(triangle, b, h, p) : p;
        triangle.ofColumns(
                1,
                Matrix.of(weights, num, end, t),
                dO,
                beta,
                Matrix.of(dQkv + head + 8L * d, end, d, stride),
                next.values(b, h));
        for (int i = 0; i < num; i++) {
            softmaxBackward(p + 4L * i * t, scores + 4L * i * t, from + i + 1);
            triangle.clearBeyond(scores + 4L * i * t, i);
        }
        float scale = (float) spec.scale();
        triangle.ofRows(scale, dScores, keys, Matrix.of(dQkv + head + row, num, d, stride), next.queriesAndKeys(b, h));
        triangle.ofColumns(scale, dScores, queries, beta, Matrix.of(dQkv + head + 4L * d, end, d, stride), Matrix.NONE);
    }

    /// Multiplies the rows of `dP` by their masks, and answers the address of `P'`.
    private long dropped(Triangle triangle, int b, int h, long p) {
        int t = spec.numPositions();
        long after = scores + 4L * Triangle.floats(t);
        Dropout dropout = spec.dropout();
        for (int i = 0; i < triangle.num(); i++) {
            int position = triangle.from() + i;
            long o = 4L * i * t;
            long maskRow = ((long) spec.firstHead() + h) * t + position;
            long factors = masks.row(dropout, dropout.firstSample() + b, maskRow, t, position + 1);
            Elementwise.multiply(p + o, factors, after + o, position + 1);
            Elementwise.multiply(scores + o, factors, scores + o, position + 1);
            triangle.clearBeyond(after + o, i);
        }
        return after;
    }

    /// `d = p (d - Σ p d)` in place.
    private static void softmaxBackward(long p, long d, int num) {
        float sum = RowReductions.dot(p, d, num);
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, d + o, ORDER)
                    .sub(sum)
                    .mul(fromMemorySegment(SPECIES, MEMORY, p + o, ORDER));
            v.intoMemorySegment(MEMORY, d + o, ORDER);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, d + o, ORDER, mask)
                    .sub(sum)
                    .mul(fromMemorySegment(SPECIES, MEMORY, p + o, ORDER, mask));
            v.intoMemorySegment(MEMORY, d + o, ORDER, mask);
        }
    }
}
