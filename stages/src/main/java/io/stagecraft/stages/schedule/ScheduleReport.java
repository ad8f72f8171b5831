package io.stagecraft.stages.schedule;

import java.util.List;

/// What [ScheduleValidator] found out about a schedule that fits.
///
/// @param makespan from the first start to the last end, in the unit of the costs
/// @param bubbleFraction share of the makespan in which a stage idles, averaged over the stages
/// @param maxInFlight most microbatches held at one time, for each stage
/// @param forwardCredits receive buffers that let no sender wait, or as many as there were, for
///     each boundary (stage `i` to `i + 1`)
/// @param backwardCredits the same for gradients (stage `i + 1` to `i`)
public record ScheduleReport(
        double makespan,
        double bubbleFraction,
        List<Integer> maxInFlight,
        List<Integer> forwardCredits,
        List<Integer> backwardCredits) {
    public ScheduleReport {
        maxInFlight = List.copyOf(maxInFlight);
        forwardCredits = List.copyOf(forwardCredits);
        backwardCredits = List.copyOf(backwardCredits);
    }
}
