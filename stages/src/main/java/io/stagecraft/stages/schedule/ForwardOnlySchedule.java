package io.stagecraft.stages.schedule;

import java.util.List;
import java.util.stream.IntStream;

/// Forwards only: evaluation and generation.
public record ForwardOnlySchedule() implements PipelineSchedule {
    @Override
    public String name() {
        return "forward-only";
    }

    @Override
    public List<StageAction> actions(int stage, int numStages, int numMicrobatches) {
        PipelineSchedule.check(stage, numStages, numMicrobatches);
        return IntStream.range(0, numMicrobatches)
                .<StageAction>mapToObj(m -> new StageAction.Forward(new MicrobatchId(m)))
                .toList();
    }
}
