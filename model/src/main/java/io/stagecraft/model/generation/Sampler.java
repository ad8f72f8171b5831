package io.stagecraft.model.generation;

import io.stagecraft.model.random.Philox;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Chooses the next token: a function of logits, settings and position, so that a prompt and a seed
/// give one text at every layout.
///
/// Divide by the temperature, keep the top k or the nucleus, softmax, one draw. Of equally likely
/// tokens the one with the smaller id comes first. Arithmetic is in double.
///
/// - Thread: any, one at a time.
public final class Sampler {
    private final SamplingSettings settings;
    private final long key;

    /// A sampler for one text.
    public Sampler(SamplingSettings settings) {
        this.settings = settings;
        this.key = Philox.key(settings.seed(), "generation");
    }

    /// The token at `position` of the text.
    ///
    /// @param logits one for each token of the true vocabulary, without padding
    /// @param position global position of the new token
    /// - Errors: [IllegalArgumentException] if there are no logits or one is not a number.
    public int next(float[] logits, long position) {
        requireNumbers(logits, position);
        if (settings.topK() == 1) {
            return mostLikely(logits);
        }
        double[] weights = weights(logits);
        if (settings.topK() > 0 && settings.topK() < logits.length) {
            keepTopK(logits, weights);
        } else if (settings.topP() > 0) {
            keepNucleus(logits, weights);
        }
        return draw(weights, uniform(position));
    }

    /// As the other.
    public int next(List<Float> logits, long position) {
        float[] copy = new float[logits.size()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = logits.get(i);
        }
        return next(copy, position);
    }

    private static void requireNumbers(float[] logits, long position) {
        if (logits.length == 0) {
            throw new IllegalArgumentException("choosing the token at position " + position + ": no logits");
        }
        for (int i = 0; i < logits.length; i++) {
            if (!Float.isFinite(logits[i])) {
                throw new IllegalArgumentException(
                        "choosing the token at position " + position + ": the logit of token " + i + " is " + logits[i]
                                + "; the model has diverged or its weights are damaged");
            }
        }
    }

    private static int mostLikely(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    private double[] weights(float[] logits) {
        double max = logits[mostLikely(logits)];
        double[] weights = new double[logits.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp((logits[i] - max) / settings.temperature());
        }
        return weights;
    }

    private void keepTopK(float[] logits, double[] weights) {
        float[] sorted = logits.clone();
        Arrays.sort(sorted);
        float smallest = sorted[sorted.length - settings.topK()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = logits[i] >= smallest ? weights[i] : 0;
        }
    }

    private void keepNucleus(float[] logits, double[] weights) {
        int[] order = descending(logits);
        double limit = settings.topP() * Arrays.stream(weights).sum();
        double cumulative = 0;
        for (int token : order) {
            double weight = weights[token];
            weights[token] = cumulative > limit ? 0 : weight;
            cumulative += weight;
        }
    }

    private static int[] descending(float[] logits) {
        return IntStream.range(0, logits.length)
                .boxed()
                .sorted((a, b) -> Float.compare(logits[b], logits[a]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static int draw(double[] weights, double uniform) {
        double target = uniform * Arrays.stream(weights).sum();
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
    private double uniform(long position) {
        return (Philox.words01(key, position, 0) >>> 11) * 0x1p-53;
    }
}
