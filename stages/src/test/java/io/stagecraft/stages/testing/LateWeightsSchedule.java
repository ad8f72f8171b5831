package io.stagecraft.stages.testing;

import io.stagecraft.stages.schedule.MicrobatchId;
import io.stagecraft.stages.schedule.PipelineSchedule;
import io.stagecraft.stages.schedule.StageAction;
import java.util.ArrayList;
import java.util.List;

/// All forwards, all input gradients, all weight gradients.
public record LateWeightsSchedule() implements PipelineSchedule {
    @Override
    public String name() {
        return "late weights";
    }

    @Override
    public List<StageAction> actions(int stage, int numStages, int numMicrobatches) {
        var actions = new ArrayList<StageAction>();
        for (int m = 0; m < numMicrobatches; m++) {
            actions.add(new StageAction.Forward(new MicrobatchId(m)));
        }
        for (int m = 0; m < numMicrobatches; m++) {
            actions.add(new StageAction.BackwardInput(new MicrobatchId(m)));
        }
        for (int m = 0; m < numMicrobatches; m++) {
            actions.add(new StageAction.BackwardWeight(new MicrobatchId(m)));
        }
        return actions;
    }
}
