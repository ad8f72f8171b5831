package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Dropout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Gradients of causal attention, in the blocks of [AttentionForward], last block first: it touches
/// every key, so its products write `dK` and `dV` and those of the others add. Probabilities of other
/// documents were saved as 0, which is all that backward needs of the mask.
///
/// With `P'` the probabilities after dropout: `dV = P'ᵀ dO`, `dP' = dO vᵀ`, `dP = dP' * mask`,
/// `dS = P (dP - Σ_j P dP)`, `dQ = scale dS k`, `dK = scale dSᵀ q`.
///
/// @param dOut address of `[R, H, D]`
/// @param qkv address of `[R, H, 3, D]`
/// @param saved address of the probabilities before dropout
/// @param dQkv address of `[R, H, 3, D]`
/// @param blocks address of `[2, BLOCK, T]`: `dP`, then `P'`
record AttentionBackward(
        Gemm gemm, DropoutMask masks, AttentionSpec spec, long dOut, long qkv, long saved, long dQkv, long blocks) {
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
        int last = (t - 1) / AttentionForward.BLOCK;
        for (int block = last; block >= 0; block--) {
            block(b, h, block * AttentionForward.BLOCK, block == last ? 0 : 1);
        }
    }

    private void block(int b, int h, int from, float beta) {
        int t = spec.numPositions();
        int d = spec.headSize();
        int num = Math.min(AttentionForward.BLOCK, t - from);
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
        Matrix dScores = Matrix.of(blocks, num, end, t);
        gemm.multiply(1, dO, values.transpose(), 0, dScores);
        long weights = spec.dropout().active() ? dropped(b, h, p, from, num) : p;
        gemm.multiply(
                1,
                Matrix.of(weights, num, end, t).transpose(),
                dO,
                beta,
                Matrix.of(dQkv + head + 8L * d, end, d, stride));
        for (int i = 0; i < num; i++) {
            int valid = from + i + 1;
            softmaxBackward(p + 4L * i * t, blocks + 4L * i * t, valid);
            Elementwise.fill(blocks + 4L * ((long) i * t + valid), 0, end - valid);
        }
        float scale = (float) spec.scale();
        gemm.multiply(scale, dScores, keys, 0, Matrix.of(dQkv + head + row, num, d, stride));
        gemm.multiply(scale, dScores.transpose(), queries, beta, Matrix.of(dQkv + head + 4L * d, end, d, stride));
    }

    /// Multiplies the rows of `dP` by their masks, and answers the address of `P'`.
    private long dropped(int b, int h, long p, int from, int num) {
        int t = spec.numPositions();
        long after = blocks + 4L * AttentionForward.BLOCK * t;
        Dropout dropout = spec.dropout();
        for (int i = 0; i < num; i++) {
            int valid = from + i + 1;
            long o = 4L * i * t;
            long maskRow = ((long) spec.firstHead() + h) * t + from + i;
            long factors = masks.row(dropout, dropout.firstSample() + b, maskRow, t, valid);
            Elementwise.multiply(p + o, factors, after + o, valid);
            Elementwise.multiply(blocks + o, factors, blocks + o, valid);
            Elementwise.fill(after + o + 4L * valid, 0, from + num - valid);
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
