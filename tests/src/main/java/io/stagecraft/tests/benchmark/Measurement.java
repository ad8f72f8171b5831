package io.stagecraft.tests.benchmark;

import java.util.List;

/// What one process measured; both sides print it as one line of JSON.
///
/// @param stepMillis wall time of each measured step
/// @param tokensPerStep tokens of a step
/// @param firstLoss nats a token at the first step
/// @param lastLoss nats a token at the last step
/// @param peakResidentBytes largest resident set of the process
public record Measurement(
        List<Double> stepMillis, long tokensPerStep, double firstLoss, double lastLoss, long peakResidentBytes) {
    /// How far the first loss may be from the logarithm of the vocabulary: initial logits of GPT-2
    /// are small.
    private static final double FIRST_LOSS_TOLERANCE = 0.5;

    public Measurement {
        stepMillis = List.copyOf(stepMillis);
        if (stepMillis.isEmpty() || tokensPerStep < 1) {
            throw new IllegalArgumentException("a measurement needs steps and tokens but has " + stepMillis.size()
                    + " steps of " + tokensPerStep + " tokens");
        }
    }

    /// Of the median step.
    public double tokensPerSecond() {
        return tokensPerStep * 1e3 / Spread.of(stepMillis).median();
    }

    /// Returns this measurement if it can be one of `workload`.
    ///
    /// - Errors: [IllegalStateException] if tokens or losses say that something else was trained.
    Measurement checkedFor(Workload workload) {
        double expectedLoss = Math.log(workload.vocabulary());
        boolean diverged = !(lastLoss < firstLoss + FIRST_LOSS_TOLERANCE); // true for NaN, too
        if (tokensPerStep != workload.tokensPerStep()
                || Math.abs(firstLoss - expectedLoss) > FIRST_LOSS_TOLERANCE
                || diverged) {
            throw new IllegalStateException(
                    "%s has %d tokens a step and a first loss near %.2f; measured: %d tokens, losses %.3f to %.3f"
                            .formatted(
                                    workload,
                                    workload.tokensPerStep(),
                                    expectedLoss,
                                    tokensPerStep,
                                    firstLoss,
                                    lastLoss));
        }
        return this;
    }
}
