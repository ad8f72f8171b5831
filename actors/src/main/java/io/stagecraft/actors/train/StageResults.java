package io.stagecraft.actors.train;

import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.RankTiming;
import io.stagecraft.stages.topology.ParallelTopology;
import java.util.List;

/// Reads the results of all stages of one phase, in the order of [StagePlace#all]: numbers of the
/// whole run.
final class StageResults {
    private StageResults() {}

    /// The mean loss of a step's microbatches: replicas ascending, microbatches ascending. Throws
    /// [IllegalStateException] if the last stage gave none.
    static double meanLoss(List<PhaseResult> results) {
        double sum = 0;
        int count = 0;
        for (PhaseResult result : results) {
            for (double loss : gradients(result).microbatchLosses()) {
                sum += loss;
                count++;
            }
        }
        if (count == 0) {
            throw new IllegalStateException("no stage gave a loss; the last one should");
        }
        return sum / count;
    }

    /// The root of the squared norms of one replica, added in the model's order: replicas have
    /// equal gradients once these are reduced.
    static double gradientNorm(List<PhaseResult> results, ParallelTopology topology) {
        double sum = 0;
        for (int stage = 0; stage < topology.pipelineSize(); stage++) {
            for (double squaredNorm :
                    gradients(results.get(stage * topology.dataSize())).squaredNorms()) {
                sum += squaredNorm;
            }
        }
        return Math.sqrt(sum);
    }

    /// Time that ranks waited for other stages over the time of their step, 0 to 1.
    static double bubbleShare(List<PhaseResult> results) {
        RankTiming all = new RankTiming(0, 0, 0, 0);
        for (PhaseResult result : results) {
            all = RankResults.plus(all, gradients(result).timing());
        }
        long total = all.computeNanos() + all.collectiveNanos() + all.waitNanos() + all.sendNanos();
        return total == 0 ? 0 : (double) all.waitNanos() / total;
    }

    /// Losses, tokens and microbatches of an evaluation, replicas ascending.
    static PhaseResult.Evaluated evaluation(List<PhaseResult> results) {
        double lossSum = 0;
        double numTokens = 0;
        double meanSum = 0;
        int numMicrobatches = 0;
        for (PhaseResult result : results) {
            var evaluated = (PhaseResult.Evaluated) result;
            lossSum += evaluated.lossSum();
            numTokens += evaluated.numTokens();
            meanSum += evaluated.meanSum();
            numMicrobatches += evaluated.numMicrobatches();
        }
        if (!(numTokens > 0)) {
            throw new IllegalStateException("evaluation counted no tokens; the last stage should");
        }
        return new PhaseResult.Evaluated(lossSum, numTokens, meanSum, numMicrobatches);
    }

    /// The tokens of the last stage of the first replica.
    static PhaseResult.Generated generated(List<PhaseResult> results) {
        for (PhaseResult result : results) {
            if (result instanceof PhaseResult.Generated generated
                    && !generated.tokens().isEmpty()) {
                return generated;
            }
        }
        throw new IllegalStateException("no stage gave tokens; the last one should");
    }

    private static PhaseResult.Gradients gradients(PhaseResult result) {
        return (PhaseResult.Gradients) result;
    }
}
