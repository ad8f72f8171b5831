package io.stagecraft.actors.telemetry;

import java.util.Locale;

/// Gathers the steps between two log lines and prints them as Megatron-LM does, so that what parses its
/// logs parses ours; three fields of our own follow. Times and rates are of the steps that this saw, losses and
/// counts of the whole interval, whatever start of the run they belong to.
final class LogLine {
    private double millis;
    private double tokens;
    private double flops;
    private double bubbleMillis;
    private int numSteps;

    /// Takes a step.
    void add(RunEvent.StepCompleted step) {
        numSteps++;
        millis += step.elapsedMillis();
        double seconds = step.elapsedMillis() / 1000;
        tokens += step.tokensPerSecond() * seconds;
        flops += step.modelFlopsPerSecond() * seconds;
        bubbleMillis += step.bubbleShare() * step.elapsedMillis();
    }

    /// The line after `last`, which was added; begins anew.
    String take(RunEvent.StepCompleted last) {
        var line = new StringBuilder();
        field(line, " iteration %8d/%8d |", last.iteration(), last.trainIters());
        field(line, " consumed samples: %12d |", last.consumedSamples());
        field(line, " elapsed time per iteration (ms): %.1f |", millis / Math.max(1, numSteps));
        field(line, " learning rate: %.3E |", last.learningRate());
        field(line, " global batch size: %5d |", last.globalBatchSize());
        if (Double.isFinite(last.intervalLoss())) {
            field(line, " lm loss: %.6E |", last.intervalLoss());
        }
        // Weights, gradients and losses are float32: nothing is scaled.
        field(line, " loss scale: %.1f |", 1.0);
        if (Double.isFinite(last.gradNorm())) {
            field(line, " grad norm: %.3f |", last.gradNorm());
        }
        // A step is skipped because its loss or its gradients are not finite, and for nothing else.
        field(line, " number of skipped iterations: %3d |", last.intervalSkipped());
        field(line, " number of nan iterations: %3d |", last.intervalSkipped());
        double seconds = Math.max(millis, Double.MIN_NORMAL) / 1000;
        field(line, " tokens per second: %.1f |", tokens / seconds);
        field(line, " model GFLOP/s: %.1f |", flops / seconds / 1e9);
        field(line, " bubble: %.1f %% |", 100 * bubbleMillis / Math.max(millis, Double.MIN_NORMAL));
        millis = 0;
        tokens = 0;
        flops = 0;
        bubbleMillis = 0;
        numSteps = 0;
        return line.toString();
    }

    private static void field(StringBuilder line, String format, Object... values) {
        line.append(String.format(Locale.ROOT, format, values));
    }
}
