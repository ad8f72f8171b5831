package io.stagecraft.actors.telemetry;

import java.util.Locale;

/// Gathers the steps between two log lines and prints them as Megatron-LM does, so that what parses
/// its logs parses ours; [LogForm#EXTENDED] has three fields of our own behind. Times and rates are
/// of the steps that this saw, losses and counts of the whole interval, whatever start of the run
/// they belong to.
///
/// Source: Megatron-LM, `training.py`, `training_log`.
final class LogLine {
    private final LogForm form;
    private double millis;
    private double tokens;
    private double flops;
    private double bubbleMillis;
    private int numSteps;

    LogLine(LogForm form) {
        this.form = form;
    }

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
        field(line, " learning rate: %s |", LogNumbers.scientific(last.learningRate(), 3));
        field(line, " global batch size: %5d |", last.globalBatchSize());
        if (Double.isFinite(last.intervalLoss())) {
            field(line, " lm loss: %s |", LogNumbers.scientific(last.intervalLoss(), 6));
        }
        // Weights, gradients and losses are float32: nothing is scaled.
        field(line, " loss scale: %.1f |", 1.0);
        if (Double.isFinite(last.gradNorm())) {
            field(line, " grad norm: %s |", LogNumbers.fixed(last.gradNorm(), 3));
        }
        // A step is skipped because its loss or its gradients are not finite, and for nothing else.
        field(line, " number of skipped iterations: %3d |", last.intervalSkipped());
        field(line, " number of nan iterations: %3d |", last.intervalSkipped());
        if (form == LogForm.EXTENDED) {
            ownFields(line);
        }
        begin();
        return line.toString();
    }

    /// The line of an evaluation. Megatron-LM's ends with a space.
    static String validation(RunEvent.Evaluated evaluated, LogForm form) {
        String when = switch (evaluated.occasion()) {
            case INTERVAL -> "iteration " + evaluated.iteration();
            case END -> "the end of training for val data";
            case TEST -> "the end of training for test data";
        };
        String line = " validation loss at " + when + " | lm loss value: "
                + LogNumbers.scientific(evaluated.lmLoss(), 6) + " | lm loss PPL: "
                + LogNumbers.scientific(evaluated.perplexity(), 6) + " | ";
        return switch (form) {
            case MEGATRON -> line;
            case EXTENDED ->
                line + String.format(Locale.ROOT, "nats per character: %.4f |", evaluated.natsPerCharacter());
        };
    }

    private void ownFields(StringBuilder line) {
        double seconds = Math.max(millis, Double.MIN_NORMAL) / 1000;
        field(line, " tokens per second: %.1f |", tokens / seconds);
        field(line, " model GFLOP/s: %.1f |", flops / seconds / 1e9);
        field(line, " bubble: %.1f %% |", 100 * bubbleMillis / Math.max(millis, Double.MIN_NORMAL));
    }

    private void begin() {
        millis = 0;
        tokens = 0;
        flops = 0;
        bubbleMillis = 0;
        numSteps = 0;
    }

    private static void field(StringBuilder line, String format, Object... values) {
        line.append(String.format(Locale.ROOT, format, values));
    }
}
