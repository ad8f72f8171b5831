package io.stagecraft.model.generation;

/// What is read off the logits of one position. Arithmetic is in double.
public final class VocabularyScores {
    private VocabularyScores() {}

    /// `log Σ_i e^logits[i]`: a logit minus this is the token's log-probability.
    public static double logSumExp(float[] logits) {
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((double) logit - max);
        }
        return max + Math.log(sum);
    }

    /// The `num` tokens below `vocabSize` with the largest logits, largest first; of equal ones the
    /// smaller id comes first.
    ///
    /// - Errors: [IllegalArgumentException] if there are not as many.
    public static int[] best(float[] logits, int vocabSize, int num) {
        if (num < 1 || num > vocabSize || vocabSize > logits.length) {
            throw new IllegalArgumentException(
                    "the " + num + " most likely of " + vocabSize + " tokens with " + logits.length + " logits");
        }
        int[] best = new int[num];
        int found = 0;
        for (int token = 0; token < vocabSize; token++) {
            if (found == num && !(logits[token] > logits[best[num - 1]])) {
                continue;
            }
            int at = found < num ? found++ : num - 1;
            while (at > 0 && logits[token] > logits[best[at - 1]]) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = token;
        }
        return best;
    }
}
