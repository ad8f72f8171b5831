package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.backend.CachedAttentionSpec;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Tensor;

/// Attention over a cache: the arithmetic of [ScalarAttention] in its order, so that a sequence in
/// pieces gives the bits of the whole.
final class ScalarCachedAttention {
    private final CachedAttentionSpec spec;
    private final Values qkv;
    private final Values cache;
    private final Values out;
    private final double[] probabilities;

    ScalarCachedAttention(CachedAttentionSpec spec, Tensor qkv, Tensor cache, Tensor out) {
        this.spec = spec;
        this.qkv = Values.of(qkv);
        this.cache = Values.of(cache);
        this.out = Values.of(out);
        probabilities = new double[spec.firstPosition() + spec.numPositions()];
    }

    void run() {
        for (int b = 0; b < spec.numSequences(); b++) {
            for (int h = 0; h < spec.numHeads(); h++) {
                append(b, h);
                for (int i = 0; i < spec.numPositions(); i++) {
                    softmaxRow(b, h, i);
                    mixValues(b, h, i);
                }
            }
        }
    }

    /// Place of channel 0 of q of new position `i`; k and v follow.
    private long place(int b, int h, int i) {
        return (((long) b * spec.numPositions() + i) * spec.numHeads() + h) * 3 * spec.headSize();
    }

    private void append(int b, int h) {
        int size = spec.headSize();
        for (int which = 0; which < 2; which++) {
            for (int i = 0; i < spec.numPositions(); i++) {
                long to = spec.place(b, which, h) + (long) (spec.firstPosition() + i) * size;
                for (int d = 0; d < size; d++) {
                    cache.set(to + d, qkv.get(place(b, h, i) + (which + 1L) * size + d));
                }
            }
        }
    }

    private void softmaxRow(int b, int h, int i) {
        long q = place(b, h, i);
        int last = spec.firstPosition() + i;
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j <= last; j++) {
            long k = spec.place(b, 0, h) + (long) j * spec.headSize();
            double sum = 0;
            for (int d = 0; d < spec.headSize(); d++) {
                sum += qkv.get(q + d) * cache.get(k + d);
            }
            probabilities[j] = spec.scale() * sum;
            max = Math.max(max, probabilities[j]);
        }
        double sum = 0;
        for (int j = 0; j <= last; j++) {
            probabilities[j] = StrictMath.exp(probabilities[j] - max);
            sum += probabilities[j];
        }
        for (int j = 0; j <= last; j++) {
            double probability = probabilities[j] / sum;
            // stored by the other attention, hence rounded
            probabilities[j] = qkv.dtype() == DType.FLOAT32 ? (float) probability : probability;
        }
    }

    private void mixValues(int b, int h, int i) {
        int size = spec.headSize();
        long to = (((long) b * spec.numPositions() + i) * spec.numHeads() + h) * size;
        for (int d = 0; d < size; d++) {
            double sum = 0;
            for (int j = 0; j <= spec.firstPosition() + i; j++) {
                sum += probabilities[j] * cache.get(spec.place(b, 1, h) + (long) j * size + d);
            }
            out.set(to + d, sum);
        }
    }
}
