package io.stagecraft.model.evaluation;

import java.util.LinkedHashMap;
import java.util.Map;

/// The result of a benchmark.
public sealed interface ScoreReport {
    /// Values by name, in the order in which people read them.
    Map<String, Number> values();

    /// Perplexity of a text.
    ///
    /// @param lossSum over all targets, in nats
    /// @param numTokenized tokens of the text
    /// @param numOriginal words of the text as it was published, between single blanks
    record Perplexity(double lossSum, long numTokenized, long numOriginal) implements ScoreReport {
        /// Beyond e^20 a perplexity says nothing (Megatron-LM).
        private static final double MOST_NATS = 20;

        public Perplexity {
            if (numTokenized < 2 || numOriginal < 2) {
                throw new IllegalArgumentException("a perplexity needs a text of two tokens and two words but has "
                        + numTokenized + " and " + numOriginal);
            }
        }

        /// Mean loss of a token.
        public double meanLoss() {
            return lossSum / (numTokenized - 1);
        }

        /// Tokens a word.
        public double tokenRatio() {
            return (numTokenized - 1.0) / (numOriginal - 1.0);
        }

        /// `e^meanLoss`.
        public double perplexity() {
            return Math.exp(Math.min(MOST_NATS, meanLoss()));
        }

        /// For a word: what is published, since it does not depend on the tokenizer.
        public double adjustedPerplexity() {
            return Math.exp(Math.min(MOST_NATS, meanLoss() * tokenRatio()));
        }

        @Override
        public Map<String, Number> values() {
            var values = new LinkedHashMap<String, Number>();
            values.put("avg_loss", meanLoss());
            values.put("ppl", perplexity());
            values.put("adjusted_ppl", adjustedPerplexity());
            values.put("token_ratio", tokenRatio());
            values.put("num_original_tokens", numOriginal);
            values.put("num_tokenized_tokens", numTokenized);
            return values;
        }
    }

    /// Share of examples that are right.
    ///
    /// @param numCorrect right ones
    /// @param numExamples all
    record Accuracy(long numCorrect, long numExamples) implements ScoreReport {
        public Accuracy {
            if (numExamples < 1 || numCorrect < 0 || numCorrect > numExamples) {
                throw new IllegalArgumentException(numCorrect + " of " + numExamples + " cannot be right");
            }
        }

        /// In [0, 1].
        public double accuracy() {
            return (double) numCorrect / numExamples;
        }

        @Override
        public Map<String, Number> values() {
            var values = new LinkedHashMap<String, Number>();
            values.put("number_correct", numCorrect);
            values.put("total_examples", numExamples);
            values.put("accuracy", accuracy());
            return values;
        }
    }
}
