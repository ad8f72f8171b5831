package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;

/// Causal self-attention within documents. Saves the probabilities before dropout, `[B * H, T, T]`,
/// 0 where nothing is attended to: backward reads the mask from them.
final class ScalarAttention {
    private double[] scratch = {};

    static Shape savedShape(AttentionSpec spec) {
        return Shape.of((long) spec.numSequences() * spec.numHeads(), spec.numPositions(), spec.numPositions());
    }

    void forward(AttentionSpec spec, Tensor qkv, Tensor saved, Tensor out) {
        double[] scores = scratch(spec.numPositions());
        var head = new Head(spec, Values.of(qkv), Values.of(saved), Values.of(out));
        for (int b = 0; b < spec.numSequences(); b++) {
            for (int h = 0; h < spec.numHeads(); h++) {
                for (int i = 0; i < spec.numPositions(); i++) {
                    head.at(b, h).softmaxRow(i, scores);
                    head.mixValues(i);
                }
            }
        }
    }

    void backward(AttentionSpec spec, Tensor dOut, Tensor qkv, Tensor saved, Tensor dQkv) {
        int positions = spec.numPositions();
        double[] dScores = scratch(positions * positions);
        var head = new Head(spec, Values.of(qkv), Values.of(saved), Values.of(dOut));
        var gradient = Values.of(dQkv);
        for (int b = 0; b < spec.numSequences(); b++) {
            for (int h = 0; h < spec.numHeads(); h++) {
                head.at(b, h);
                for (int i = 0; i < positions; i++) {
                    head.scoreGradients(i, dScores);
                }
                for (int i = 0; i < positions; i++) {
                    head.inputGradients(i, dScores, gradient);
                }
            }
        }
    }

    private double[] scratch(int length) {
        if (scratch.length < length) {
            scratch = new double[length];
        }
        return scratch;
    }

    /// One head of one sequence; `out` holds the output, or its gradient in backward.
    private static final class Head {
        private final AttentionSpec spec;
        private final Values qkv;
        private final Values saved;
        private final Values out;
        private final int size;
        private int sequence;
        private int head;

        Head(AttentionSpec spec, Values qkv, Values saved, Values out) {
            this.spec = spec;
            this.qkv = qkv;
            this.saved = saved;
            this.out = out;
            size = spec.headSize();
        }

        Head at(int sequence, int head) {
            this.sequence = sequence;
            this.head = head;
            return this;
        }

        /// Place of channel 0 of q (`which` 0), k (1) or v (2) of position `i`.
        private long place(int which, int i) {
            long row = (long) sequence * spec.numPositions() + i;
            return (row * spec.numHeads() + head) * 3 * size + (long) which * size;
        }

        private long outPlace(int i) {
            return (((long) sequence * spec.numPositions() + i) * spec.numHeads() + head) * size;
        }

        private long savedPlace(int i, int j) {
            long matrix = (long) sequence * spec.numHeads() + head;
            return (matrix * spec.numPositions() + i) * spec.numPositions() + j;
        }

        private double mask(int i, int j) {
            long row = (long) (spec.firstHead() + head) * spec.numPositions() + i;
            return ScalarDropout.factor(spec.dropout(), sequence, row, j, spec.numPositions());
        }

        private double dot(Values a, long from, Values b, long other) {
            double sum = 0;
            for (int d = 0; d < size; d++) {
                sum += a.get(from + d) * b.get(other + d);
            }
            return sum;
        }

        void softmaxRow(int i, double[] scores) {
            int start = start(i);
            double max = Double.NEGATIVE_INFINITY;
            for (int j = start; j <= i; j++) {
                scores[j] = spec.scale() * dot(qkv, place(0, i), qkv, place(1, j));
                max = Math.max(max, scores[j]);
            }
            double sum = 0;
            for (int j = start; j <= i; j++) {
                scores[j] = StrictMath.exp(scores[j] - max);
                sum += scores[j];
            }
            for (int j = 0; j < spec.numPositions(); j++) {
                saved.set(savedPlace(i, j), start <= j && j <= i ? scores[j] / sum : 0);
            }
        }

        private int start(int i) {
            return switch (spec.mask()) {
                case AttentionMask.Causal _ -> 0;
                case AttentionMask.Documents(Tensor starts) ->
                    (int) Values.of(starts).get((long) sequence * spec.numPositions() + i);
            };
        }

        void mixValues(int i) {
            for (int d = 0; d < size; d++) {
                double sum = 0;
                for (int j = 0; j <= i; j++) {
                    sum += saved.get(savedPlace(i, j)) * mask(i, j) * qkv.get(place(2, j) + d);
                }
                out.set(outPlace(i) + d, sum);
            }
        }

        /// `dS[i, j] = P[i, j] (dP[i, j] - Σ_j P dP)`, row `i` of `dScores` `[T, T]`.
        void scoreGradients(int i, double[] dScores) {
            int row = i * spec.numPositions();
            double sum = 0;
            for (int j = 0; j <= i; j++) {
                dScores[row + j] = mask(i, j) * dot(out, outPlace(i), qkv, place(2, j));
                sum += saved.get(savedPlace(i, j)) * dScores[row + j];
            }
            for (int j = 0; j < spec.numPositions(); j++) {
                dScores[row + j] = j <= i ? saved.get(savedPlace(i, j)) * (dScores[row + j] - sum) : 0;
            }
        }

        /// Gradients of q, k and v of position `i`.
        void inputGradients(int i, double[] dScores, Values gradient) {
            int positions = spec.numPositions();
            for (int d = 0; d < size; d++) {
                double dQ = 0;
                for (int j = 0; j <= i; j++) {
                    dQ += dScores[i * positions + j] * qkv.get(place(1, j) + d);
                }
                double dK = 0;
                double dV = 0;
                for (int r = i; r < positions; r++) {
                    dK += dScores[r * positions + i] * qkv.get(place(0, r) + d);
                    dV += saved.get(savedPlace(r, i)) * mask(r, i) * out.get(outPlace(r) + d);
                }
                gradient.set(place(0, i) + d, spec.scale() * dQ);
                gradient.set(place(1, i) + d, spec.scale() * dK);
                gradient.set(place(2, i) + d, dV);
            }
        }
    }
}
