package io.stagecraft.tests.benchmark;

import io.stagecraft.stages.schedule.ActionCosts;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.schedule.ScheduleValidator;
import java.util.List;
import java.util.stream.IntStream;

/// What a pipeline's step costs beside what its work and its schedule say.
///
/// @param workMillis what each stage computed, waiting and sending left out
/// @param bubble of the schedule: time over that of a pipeline that never waits, less 1
/// @param stepMillis wall time of a step
record PipelineCost(List<Double> workMillis, double bubble, double stepMillis) {
    PipelineCost {
        workMillis = List.copyOf(workMillis);
    }

    /// Of one run.
    static PipelineCost of(StepBreakdown breakdown, Layout layout) {
        int stages = layout.topology().pipelineSize();
        List<Double> work =
                IntStream.range(0, stages).mapToObj(breakdown::workMillis).toList();
        double idle = ScheduleValidator.validate(
                        new OneForwardOneBackwardSchedule(), stages, layout.microbatches(), ActionCosts.unit())
                .bubbleFraction();
        return new PipelineCost(work, 1 / (1 - idle) - 1, breakdown.stepMillis());
    }

    /// `(work / stages) x (1 + bubble)`.
    double predictedMillis() {
        return total() / workMillis.size() * (1 + bubble);
    }

    /// Measured over predicted.
    double ratio() {
        return stepMillis / predictedMillis();
    }

    /// The busiest stage's work over the mean; 1 is a balanced pipeline.
    double balance() {
        double busiest =
                workMillis.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        return busiest * workMillis.size() / total();
    }

    private double total() {
        return workMillis.stream().mapToDouble(Double::doubleValue).sum();
    }
}
