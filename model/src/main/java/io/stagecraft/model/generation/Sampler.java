package io.stagecraft.model.generation;

import io.stagecraft.model.random.Philox;
import java.util.Arrays;

/// Chooses the next token: a function of logits, settings, text and position, so that a prompt and
/// a seed give one text at every layout as far as the logits are equal: they are up to rounding, so
/// a draw that falls on the border between two tokens, or two logits that are equal but for
/// rounding, can go either way.
///
/// Divide by the temperature, keep the top k or the nucleus, softmax, one draw. Of equally likely
/// tokens the one with the smaller id comes first. Arithmetic is in double.
///
/// - Thread: any, one at a time.
public final class Sampler {
    /// Memory that is kept from token to token.
    private static final class Scratch {
        private double[] weights = {};
        private long[] order = {};

        void fit(int num) {
            if (weights.length != num) {
                weights = new double[num];
                order = new long[num];
            }
        }
    }

    private final SamplingSettings settings;
    private final long key;
    private final Scratch scratch;

    /// A sampler for one text, or for a batch of them.
    public Sampler(SamplingSettings settings) {
        this(settings, new Scratch());
    }

    private Sampler(SamplingSettings settings, Scratch scratch) {
        this.settings = settings;
        this.key = Philox.key(settings.seed(), "generation");
        this.scratch = scratch;
    }

    /// A sampler with other settings in this one's memory; do not use both at a time.
    public Sampler with(SamplingSettings other) {
        return other.equals(settings) ? this : new Sampler(other, scratch);
    }

    /// The token at `position` of the first text of a batch, out of as many as there are logits.
    ///
    /// - Errors: those of the other.
    int next(float[] logits, long position) {
        return next(logits, logits.length, position, 0);
    }

    /// The token at `position` of text `text` of a batch. Padding of the vocabulary is not drawn;
    /// Megatron-LM lets it take part and answers the vocabulary's last token for it.
    ///
    /// @param logits one for each token, and what pads them
    /// @param numTokens how many of them are tokens
    /// @param position of the new token in its text
    /// @param text number of the text in the batch
    /// - Errors: [IllegalArgumentException] if there are no logits or one is not a number.
    public int next(float[] logits, int numTokens, long position, long text) {
        requireNumbers(logits, numTokens, position);
        int best = mostLikely(logits, numTokens);
        if (settings.topK() == 1) {
            return best;
        }
        scratch.fit(numTokens);
        double[] weights = scratch.weights;
        double max = logits[best];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp((logits[i] - max) / settings.temperature());
        }
        if (settings.topK() > 0 && settings.topK() < numTokens) {
            keepTopK(logits, weights);
        } else if (settings.topP() > 0) {
            keepNucleus(logits, weights);
        }
        return draw(weights, uniform(position, text));
    }

    private static void requireNumbers(float[] logits, int numTokens, long position) {
        if (numTokens < 1 || numTokens > logits.length) {
            throw new IllegalArgumentException("choosing the token at position " + position + ": " + numTokens
                    + " tokens with " + logits.length + " logits");
        }
        for (int i = 0; i < numTokens; i++) {
            if (!Float.isFinite(logits[i])) {
                throw new IllegalArgumentException(
                        "choosing the token at position " + position + ": the logit of token " + i + " is " + logits[i]
                                + "; the model has diverged or its weights are damaged");
            }
        }
    }

    private static int mostLikely(float[] logits, int numTokens) {
        int best = 0;
        for (int i = 1; i < numTokens; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    private void keepTopK(float[] logits, double[] weights) {
        long[] order = descending(logits);
        float smallest = logits[token(order[settings.topK() - 1])];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = logits[i] >= smallest ? weights[i] : 0;
        }
    }

    private void keepNucleus(float[] logits, double[] weights) {
        double limit = settings.topP() * sum(weights);
        double cumulative = 0;
        for (long place : descending(logits)) {
            int token = token(place);
            double weight = weights[token];
            weights[token] = cumulative > limit ? 0 : weight;
            cumulative += weight;
        }
    }

    /// Tokens by logit, largest first, then by id: the high half of an element sorts as the logit
    /// does turned round, the low half is the token.
    private long[] descending(float[] logits) {
        long[] order = scratch.order;
        for (int i = 0; i < order.length; i++) {
            int bits = Float.floatToIntBits(logits[i] + 0f); // -0 becomes 0
            int ascending = bits ^ (bits >> 31 & 0x7FFFFFFF);
            order[i] = (long) ~ascending << 32 | i;
        }
        Arrays.sort(order);
        return order;
    }

    private static int token(long place) {
        return (int) place;
    }

    private static double sum(double[] weights) {
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        return sum;
    }

    private static int draw(double[] weights, double uniform) {
        double target = uniform * sum(weights);
        int chosen = -1;
        for (int i = 0; i < weights.length && target >= 0; i++) {
            if (weights[i] > 0) {
                chosen = i;
                target -= weights[i];
            }
        }
        return chosen;
    }

    /// In [0, 1), 53 bits.
    private double uniform(long position, long text) {
        return (Philox.words01(key, position, text) >>> 11) * 0x1p-53;
    }
}
