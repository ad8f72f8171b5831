package io.stagecraft.actors.train;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.model.evaluation.ScoreReport;
import io.stagecraft.model.evaluation.ScoredWindow;
import io.stagecraft.model.evaluation.ScoringTask;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.WindowScore;
import io.stagecraft.stages.topology.ParallelTopology;
import java.util.ArrayList;
import java.util.List;

/// A benchmark under way: which windows are next, and the sums so far. Windows beyond the last one
/// fill the last batch and do not count, so that no layout counts one twice.
final class Scoring {
    private static final int LEAST_BATCHES_AT_ONCE = 4;

    private final RunJob.Score job;
    private final int windowsAtOnce;
    private long next;
    private ScoringTask.Totals totals = ScoringTask.Totals.none();

    /// Of `job`, with microbatches of `microBatchSize` over `topology`.
    Scoring(RunJob.Score job, int microBatchSize, ParallelTopology topology) {
        this.job = job;
        // Enough microbatches in a phase that the pipeline is mostly full.
        int batches = Math.max(LEAST_BATCHES_AT_ONCE, 4 * topology.pipelineSize());
        this.windowsAtOnce = batches * microBatchSize * topology.dataSize();
    }

    boolean isDone() {
        return next >= job.task().numWindows();
    }

    Phase.Score next() {
        var windows = new ArrayList<ScoredWindow>(windowsAtOnce);
        for (int i = 0; i < windowsAtOnce; i++) {
            windows.add(job.task().scored(next + i));
        }
        return new Phase.Score(next, windows);
    }

    /// Takes the answer to [#next]: windows ascending, so that sums are the same at every layout up
    /// to rounding.
    RunEvent.WindowsScored accept(List<PhaseResult> results) {
        results.stream()
                .flatMap(result -> ((PhaseResult.Scored) result).windows().stream())
                .sorted((a, b) -> Long.compare(a.window(), b.window()))
                .forEach(this::add);
        next += windowsAtOnce;
        long done = Math.min(next, job.task().numWindows());
        return new RunEvent.WindowsScored(job.benchmark(), done, job.task().numWindows());
    }

    private void add(WindowScore score) {
        totals = totals.with(score.loss(), score.logProbabilities().size(), score.isCorrect() ? 1 : 0);
    }

    /// The result.
    RunEvent event() {
        return switch (job.task().report(totals)) {
            case ScoreReport.Perplexity it ->
                new RunEvent.PerplexityMeasured(
                        job.benchmark(),
                        it.meanLoss(),
                        it.perplexity(),
                        it.adjustedPerplexity(),
                        it.tokenRatio(),
                        it.numOriginal(),
                        it.numTokenized());
            case ScoreReport.Accuracy it ->
                new RunEvent.AccuracyMeasured(job.benchmark(), it.numCorrect(), it.numExamples(), it.accuracy());
        };
    }
}
