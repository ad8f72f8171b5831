package io.stagecraft.actors.train;

import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.RankTiming;
import java.util.ArrayList;
import java.util.List;

/// Makes one result of a stage out of its tensor ranks' results.
final class RankResults {
    private RankResults() {}

    /// Combines the results of one phase, given in ascending tensor rank order.
    ///
    /// Squared norms are added for each parameter in ascending rank order, times are added; losses,
    /// logits and everything that all ranks know alike are tensor rank 0's. Throws
    /// [IllegalStateException] if ranks answered different phases.
    static PhaseResult combine(List<PhaseResult> ranks) {
        PhaseResult first = ranks.getFirst();
        for (PhaseResult rank : ranks) {
            if (rank.getClass() != first.getClass()) {
                throw new IllegalStateException("tensor ranks of one stage answered different phases: " + ranks);
            }
        }
        return switch (first) {
            case PhaseResult.Gradients gradients -> combineGradients(gradients, ranks);
            case PhaseResult.Updated updated -> updated;
            case PhaseResult.Evaluated evaluated -> evaluated;
            case PhaseResult.Scored scored -> scored;
            case PhaseResult.Logits logits -> logits;
            case PhaseResult.Saved saved -> saved;
            case PhaseResult.Loaded loaded -> loaded;
        };
    }

    private static PhaseResult.Gradients combineGradients(PhaseResult.Gradients first, List<PhaseResult> ranks) {
        var norms = new ArrayList<>(first.squaredNorms());
        RankTiming timing = first.timing();
        for (PhaseResult rank : ranks.subList(1, ranks.size())) {
            var gradients = (PhaseResult.Gradients) rank;
            if (gradients.squaredNorms().size() != norms.size()) {
                throw new IllegalStateException("tensor ranks of one stage have different parameters: " + norms.size()
                        + " and " + gradients.squaredNorms().size());
            }
            for (int parameter = 0; parameter < norms.size(); parameter++) {
                norms.set(
                        parameter,
                        norms.get(parameter) + gradients.squaredNorms().get(parameter));
            }
            timing = plus(timing, gradients.timing());
        }
        return new PhaseResult.Gradients(first.microbatchLosses(), List.copyOf(norms), timing);
    }

    /// Times of several ranks added.
    static RankTiming plus(RankTiming a, RankTiming b) {
        return new RankTiming(
                a.computeNanos() + b.computeNanos(),
                a.collectiveNanos() + b.collectiveNanos(),
                a.waitNanos() + b.waitNanos(),
                a.sendNanos() + b.sendNanos());
    }
}
