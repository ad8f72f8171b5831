package io.stagecraft.stages.schedule;

import java.util.ArrayList;
import java.util.List;

/// One forward, one backward: the bubble of [GPipeSchedule] with at most `numStages - stage`
/// microbatches in flight.
///
/// Stage r warms up with `min(numStages - 1 - r, numMicrobatches)` forwards, then alternates, then
/// runs the remaining backwards.
///
/// Source: Narayanan et al., PipeDream-Flush, arXiv:2006.09503; Megatron-LM, arXiv:2104.04473,
/// figure 4.
public record OneForwardOneBackwardSchedule() implements PipelineSchedule {
    @Override
    public String name() {
        return "1f1b";
    }

    @Override
    public List<StageAction> actions(int stage, int numStages, int numMicrobatches) {
        int numWarmup = warmup(stage, numStages, numMicrobatches);
        var actions = new ArrayList<StageAction>(2 * numMicrobatches);
        int forward = 0;
        int backward = 0;
        while (forward < numWarmup) {
            actions.add(new StageAction.Forward(new MicrobatchId(forward++)));
        }
        while (forward < numMicrobatches) {
            actions.add(new StageAction.Forward(new MicrobatchId(forward++)));
            actions.add(new StageAction.Backward(new MicrobatchId(backward++)));
        }
        while (backward < numMicrobatches) {
            actions.add(new StageAction.Backward(new MicrobatchId(backward++)));
        }
        return List.copyOf(actions);
    }

    /// Forwards before the first pair of forward and backward.
    public int warmup(int stage, int numStages, int numMicrobatches) {
        PipelineSchedule.check(stage, numStages, numMicrobatches);
        return Math.min(numStages - 1 - stage, numMicrobatches);
    }
}
