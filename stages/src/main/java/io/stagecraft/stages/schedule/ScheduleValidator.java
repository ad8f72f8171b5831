package io.stagecraft.stages.schedule;

import java.util.List;

/// Proves that the lists of all stages fit each other, and says what they cost.
///
/// Checked: each stage runs every microbatch once forward and once backward in a legal order; every
/// send has its receive, in the same order; with bounded receive buffers no stage waits for ever.
/// The simulation waits exactly where the runner waits, and its outcome does not depend on speeds,
/// so that one run is a proof.
public final class ScheduleValidator {
    private static final int UNBOUNDED = Integer.MAX_VALUE;

    private ScheduleValidator() {}

    /// Inspects `schedule` with receive buffers without bound.
    ///
    /// - Errors: [InvalidScheduleException] saying which stage waits for what.
    public static ScheduleReport validate(
            PipelineSchedule schedule, int numStages, int numMicrobatches, ActionCosts costs) {
        return validate(schedule.allActions(numStages, numMicrobatches), numMicrobatches, costs, UNBOUNDED);
    }

    /// Inspects `lists`, one for each stage. A link has `spareCredits` receive buffers more than
    /// its receiver holds messages at one time.
    ///
    /// - Errors: [InvalidScheduleException] saying which stage waits for what.
    public static ScheduleReport validate(
            List<List<StageAction>> lists, int numMicrobatches, ActionCosts costs, int spareCredits) {
        for (int stage = 0; stage < lists.size(); stage++) {
            MicrobatchOrder.check(stage, lists.get(stage), numMicrobatches);
        }
        var simulation = new ScheduleSimulation(lists, costs, spareCredits);
        simulation.run();
        double makespan = 0;
        double busy = 0;
        for (List<ScheduleSimulation.Timed> stage : simulation.timeline()) {
            for (ScheduleSimulation.Timed timed : stage) {
                makespan = Math.max(makespan, timed.end());
                busy += costs.of(timed.action());
            }
        }
        return new ScheduleReport(
                makespan,
                makespan == 0 ? 0 : 1 - busy / (lists.size() * makespan),
                lists.stream().map(InFlight::most).toList(),
                simulation.forwardCredits(),
                simulation.backwardCredits());
    }
}
