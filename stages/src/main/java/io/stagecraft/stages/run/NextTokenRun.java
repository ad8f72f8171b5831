package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.schedule.ForwardOnlySchedule;
import java.util.ArrayList;
import java.util.List;

/// [Phase.NextToken] on one rank: the whole sequence again for each token, without a cache.
final class NextTokenRun implements PhaseRun, PipelineWork {
    private final RankSpec spec;
    private final Backend backend;
    private final PipelineWalk walk;
    private final TensorParallelGroup group;
    private int[] tokens = {0};
    private List<Float> logits = List.of();

    NextTokenRun(RankSpec spec, RankPorts ports, PipelineWalk walk, TensorParallelGroup group) {
        this.spec = spec;
        this.backend = ports.backend();
        this.walk = walk;
        this.group = group;
    }

    NextTokenRun begin(Phase.NextToken phase) {
        int maxPositions = spec.model().maxPositions();
        if (phase.tokens().isEmpty() || phase.tokens().size() > maxPositions) {
            throw new IllegalArgumentException("the next token needs 1 to " + maxPositions + " tokens before it, got "
                    + phase.tokens().size());
        }
        tokens = phase.tokens().stream().mapToInt(Integer::intValue).toArray();
        logits = List.of();
        var actions = new ForwardOnlySchedule()
                .actions(spec.coordinate().stage(), spec.topology().pipelineSize(), 1);
        walk.begin(actions, tokens.length, this);
        return this;
    }

    @Override
    public Progress advance() {
        return walk.advance();
    }

    @Override
    public PhaseResult result() {
        return new PhaseResult.Logits(logits);
    }

    @Override
    public String place() {
        return "next token after " + tokens.length + ", " + walk.place();
    }

    @Override
    public void load(MicrobatchContext context, int microbatch) {
        context.begin(ForwardContext.Mode.EVALUATION, new MicrobatchShape(1, tokens.length), 0, 1);
        if (spec.isFirstStage()) {
            backend.upload(tokens, 0, context.tokens());
        }
    }

    @Override
    public void finish(MicrobatchSlot slot, int microbatch, Tensor hidden) {
        Tensor last = hidden.rows(tokens.length - 1, 1);
        Tensor mine = walk.stage().logits(slot, last); // [1, V / P]
        Tensor all = slot.context().arena().allocate(mine.dtype(), Shape.of(1, mine.numElements() * group.size()));
        group.allGather(mine, all);
        var values = new ArrayList<Float>(spec.model().vocabSize());
        for (int token = 0; token < spec.model().vocabSize(); token++) {
            values.add((float) backend.read(all, token));
        }
        logits = List.copyOf(values);
    }
}
