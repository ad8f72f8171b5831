package io.stagecraft.stages.schedule;

import java.util.ArrayList;
import java.util.List;

/// All forwards, then all backwards: every microbatch is in flight.
///
/// Source: Huang et al., GPipe, arXiv:1811.06965. Backward runs in ascending order of microbatches,
/// not descending as in the paper's figure, so that weight gradients add in the order of every
/// other schedule.
public record GPipeSchedule() implements PipelineSchedule {
    @Override
    public String name() {
        return "gpipe";
    }

    @Override
    public List<StageAction> actions(int stage, int numStages, int numMicrobatches) {
        PipelineSchedule.check(stage, numStages, numMicrobatches);
        var actions = new ArrayList<StageAction>(2 * numMicrobatches);
        for (int m = 0; m < numMicrobatches; m++) {
            actions.add(new StageAction.Forward(new MicrobatchId(m)));
        }
        for (int m = 0; m < numMicrobatches; m++) {
            actions.add(new StageAction.Backward(new MicrobatchId(m)));
        }
        return List.copyOf(actions);
    }
}
