package io.stagecraft.stages.run;

import java.util.List;

/// Scores of the targets that count in one window.
///
/// @param window its index
/// @param logProbabilities of the targets in order, in nats
/// @param numLikeliest targets that were the likeliest tokens
public record WindowScore(long window, List<Double> logProbabilities, int numLikeliest) {
    public WindowScore {
        logProbabilities = List.copyOf(logProbabilities);
    }

    /// Sum over the targets, in nats.
    public double loss() {
        double sum = 0;
        for (double logProbability : logProbabilities) {
            sum -= logProbability;
        }
        return sum;
    }

    /// Whether every target was the likeliest token.
    public boolean isCorrect() {
        return numLikeliest == logProbabilities.size();
    }
}
