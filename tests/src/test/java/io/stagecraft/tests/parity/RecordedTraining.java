package io.stagecraft.tests.parity;

import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.model.optimizer.LearningRateSchedule;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.RankSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Trains as Megatron-LM's `train` does: learning rate by consumed samples, clipping by the global norm, an
/// evaluation at intervals and once more at the end, on samples that go on where the one before stopped.
///
/// @param numIterations of the whole run
/// @param evalInterval iterations between evaluations
/// @param evalSamples of each
/// @param schedule of the learning rate
/// @param clipping of the gradients
record RecordedTraining(
        int numIterations,
        int evalInterval,
        int evalSamples,
        LearningRateSchedule schedule,
        GradientClipping clipping) {
    /// Where it begins.
    ///
    /// @param model what is loaded
    /// @param content what of it
    /// @param iteration done before
    record Beginning(Path model, Phase.Load.Content content, int iteration) {}

    /// What one iteration printed.
    record Iteration(int number, double loss, double gradientNorm, double learningRate, double nextLearningRate) {}

    /// What the run printed.
    record Log(List<Iteration> iterations, List<Double> evaluations) {}

    Log run(RankCrew.Work work, Beginning beginning) throws InterruptedException {
        RankSpec spec = work.spec();
        var iterations = new ArrayList<Iteration>();
        var evaluations = new ArrayList<Double>();
        long batch = spec.globalBatchSize();
        long evaluated = (long) (beginning.iteration() / evalInterval) * evalSamples;
        try (var crew = new RankCrew(work)) {
            crew.run(new Phase.Load(beginning.model(), beginning.content()));
            for (int number = beginning.iteration() + 1; number <= numIterations; number++) {
                long consumed = (number - 1) * batch;
                List<PhaseResult> gradients = crew.run(new Phase.TrainStep(number, consumed));
                double norm = gradientNorm(gradients, spec);
                double rate = schedule.at(consumed);
                crew.run(new Phase.ApplyUpdate(number, rate, clipping.coefficient(norm)));
                iterations.add(new Iteration(number, meanLoss(gradients), norm, rate, schedule.at(consumed + batch)));
                int due = (number % evalInterval == 0 ? 1 : 0) + (number == numIterations ? 1 : 0);
                for (int i = 0; i < due; i++) {
                    evaluations.add(evaluation(crew.run(new Phase.Evaluate(number, evaluated, evalSamples))));
                    evaluated += evalSamples;
                }
            }
        }
        return new Log(iterations, evaluations);
    }

    /// Mean over the microbatches of all replicas.
    static double meanLoss(List<PhaseResult> results) {
        return results.stream()
                .map(PhaseResult.Gradients.class::cast)
                .filter(RecordedTraining::isFirstWithLosses)
                .flatMap(it -> it.microbatchLosses().stream())
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
    }

    private static boolean isFirstWithLosses(PhaseResult.Gradients gradients) {
        return !gradients.microbatchLosses().isEmpty();
    }

    /// Of one replica: all have the same reduced gradients.
    static double gradientNorm(List<PhaseResult> results, RankSpec spec) {
        int tensorSize = spec.topology().tensorSize();
        double sum = 0;
        for (int i = 0; i < results.size(); i++) {
            if (i / tensorSize % spec.topology().dataSize() == 0) {
                sum += ((PhaseResult.Gradients) results.get(i))
                        .squaredNorms().stream()
                                .mapToDouble(Double::doubleValue)
                                .sum();
            }
        }
        return Math.sqrt(sum);
    }

    /// Tensor ranks all know the sums: the means of means are equal among them, and averaged over replicas.
    private static double evaluation(List<PhaseResult> results) {
        return results.stream()
                .map(PhaseResult.Evaluated.class::cast)
                .filter(it -> it.numMicrobatches() > 0)
                .mapToDouble(PhaseResult.Evaluated::meanOfMeans)
                .average()
                .orElseThrow();
    }
}
