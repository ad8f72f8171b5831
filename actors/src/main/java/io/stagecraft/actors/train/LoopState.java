package io.stagecraft.actors.train;

import io.stagecraft.model.checkpoint.ModelSource;
import java.util.LinkedHashMap;
import java.util.Map;

/// Where a training run stands between two steps: all that the step loop must know, beside weights
/// and moments, to go on as if it had never stopped. A checkpoint keeps it in its section `state`.
///
/// Counts are of the whole run, over all its starts.
///
/// @param iteration steps done, skipped ones among them
/// @param consumedTrainSamples training samples used by them
/// @param scheduledSamples samples by which the learning rate has moved on: those of steps that
///     were not skipped (Megatron-LM's `opt_param_scheduler`)
/// @param numUpdates updates of the weights that the moments of Adam have seen
/// @param consumedValidSamples held-back samples used by evaluations in [EvaluationOrder]
///     `CONTINUING`
/// @param evaluationsHere evaluations since the last step
/// @param numSkipped steps without an update
/// @param numSkippedInARow the last of them
/// @param log since the last log line
public record LoopState(
        long iteration,
        long consumedTrainSamples,
        long scheduledSamples,
        long numUpdates,
        long consumedValidSamples,
        int evaluationsHere,
        int numSkipped,
        int numSkippedInARow,
        LogInterval log) {
    private static final LoopState BEGINNING = new LoopState(0, 0, 0, 0, 0, 0, 0, 0, LogInterval.empty());

    public LoopState {
        if (iteration < 0
                || consumedTrainSamples < 0
                || scheduledSamples < 0
                || numUpdates < 0
                || consumedValidSamples < 0
                || evaluationsHere < 0
                || numSkipped < 0
                || numSkippedInARow < 0) {
            throw new IllegalArgumentException("counts of a run must be >= 0 but are iteration " + iteration
                    + ", consumedTrainSamples " + consumedTrainSamples + ", scheduledSamples " + scheduledSamples
                    + ", numUpdates " + numUpdates + ", consumedValidSamples " + consumedValidSamples
                    + ", evaluationsHere " + evaluationsHere
                    + ", numSkipped " + numSkipped + ", numSkippedInARow " + numSkippedInARow);
        }
    }

    /// Nothing done.
    public static LoopState beginning() {
        return BEGINNING;
    }

    /// After `step` steps, of which nothing else is known.
    static LoopState at(long step) {
        return of(new ModelSource.Progress(step, 0, 0, 0));
    }

    /// Of a run that says only how far it was.
    public static LoopState of(ModelSource.Progress progress) {
        return new LoopState(
                progress.step(),
                progress.consumedTrainSamples(),
                progress.consumedTrainSamples(),
                progress.numAdamSteps(),
                progress.consumedValidSamples(),
                0,
                0,
                0,
                LogInterval.empty());
    }

    /// What a checkpoint says of every run.
    ModelSource.Progress progress() {
        return new ModelSource.Progress(iteration, consumedTrainSamples, consumedValidSamples, numUpdates);
    }

    /// After a step of `samples` samples that updated the weights.
    LoopState updated(long samples, double loss) {
        return new LoopState(
                iteration + 1,
                consumedTrainSamples + samples,
                scheduledSamples + samples,
                numUpdates + 1,
                consumedValidSamples,
                0,
                numSkipped,
                0,
                log.withLoss(loss));
    }

    /// After a step of `samples` samples whose gradients were not finite: neither weights nor
    /// schedule move (Megatron-LM).
    LoopState skipped(long samples) {
        return new LoopState(
                iteration + 1,
                consumedTrainSamples + samples,
                scheduledSamples,
                numUpdates,
                consumedValidSamples,
                0,
                numSkipped + 1,
                numSkippedInARow + 1,
                log.withSkipped());
    }

    /// After an evaluation that used up `validSamples`, 0 if the next one takes the same.
    LoopState evaluated(long validSamples) {
        return new LoopState(
                iteration,
                consumedTrainSamples,
                scheduledSamples,
                numUpdates,
                consumedValidSamples + validSamples,
                evaluationsHere + 1,
                numSkipped,
                numSkippedInARow,
                log);
    }

    /// As if `evaluations` had happened since the last step.
    LoopState withEvaluationsHere(int evaluations) {
        return new LoopState(
                iteration,
                consumedTrainSamples,
                scheduledSamples,
                numUpdates,
                consumedValidSamples,
                evaluations,
                numSkipped,
                numSkippedInARow,
                log);
    }

    /// After the log line of this step.
    LoopState logged() {
        return new LoopState(
                iteration,
                consumedTrainSamples,
                scheduledSamples,
                numUpdates,
                consumedValidSamples,
                evaluationsHere,
                numSkipped,
                numSkippedInARow,
                LogInterval.empty());
    }

    /// As values that JSON has; what a checkpoint's own position says too is there as well, so that
    /// a checkpoint whose parts contradict each other can be noticed.
    Map<String, Object> settings() {
        var values = new LinkedHashMap<String, Object>();
        values.put("iteration", iteration);
        values.put("consumed-train-samples", consumedTrainSamples);
        values.put("scheduled-samples", scheduledSamples);
        values.put("updates", numUpdates);
        values.put("consumed-valid-samples", consumedValidSamples);
        values.put("evaluations-here", evaluationsHere);
        values.put("skipped-iterations", numSkipped);
        values.put("skipped-in-a-row", numSkippedInARow);
        values.put("log-loss-sum", log.lossSum());
        values.put("log-losses", log.numLosses());
        values.put("log-skipped", log.numSkipped());
        return values;
    }

    /// The state that `values` came from.
    ///
    /// - Errors: [IllegalArgumentException] naming the key that is missing or wrong.
    static LoopState restore(Map<String, Object> values) {
        return new LoopState(
                count(values, "iteration"),
                count(values, "consumed-train-samples"),
                count(values, "scheduled-samples"),
                count(values, "updates"),
                count(values, "consumed-valid-samples"),
                small(values, "evaluations-here"),
                small(values, "skipped-iterations"),
                small(values, "skipped-in-a-row"),
                new LogInterval(sum(values), count(values, "log-losses"), small(values, "log-skipped")));
    }

    private static long count(Map<String, Object> values, String key) {
        if (values.get(key) instanceof Long number && number >= 0) {
            return number;
        }
        throw wrong(values, key, "a whole number of at least 0");
    }

    private static int small(Map<String, Object> values, String key) {
        long number = count(values, key);
        if (number > Integer.MAX_VALUE) {
            throw wrong(values, key, "at most " + Integer.MAX_VALUE);
        }
        return (int) number;
    }

    private static double sum(Map<String, Object> values) {
        if (values.get("log-loss-sum") instanceof Number number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw wrong(values, "log-loss-sum", "a number");
    }

    private static IllegalArgumentException wrong(Map<String, Object> values, String key, String expected) {
        return new IllegalArgumentException(
                "state." + key + " must be " + expected + " but is " + values.getOrDefault(key, "missing"));
    }
}
