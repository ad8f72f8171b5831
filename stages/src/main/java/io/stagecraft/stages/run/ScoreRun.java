package io.stagecraft.stages.run;

import io.stagecraft.model.evaluation.ScoredWindow;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// [Phase.Score] on one rank: only positions whose target counts are projected on the padded
/// vocabulary.
///
/// - Source: Megatron-LM's `tasks/zeroshot_gpt/evaluate.py`.
final class ScoreRun implements PhaseRun, PipelineWork {
    private final RankSpec spec;
    private final PipelineWalk walk;
    private final BatchReader reader;
    private final TokenSamples source;
    private final TargetRows rows;
    private final List<WindowScore> scores = new ArrayList<>();
    private Phase.Score phase = new Phase.Score(0, List.of());

    ScoreRun(RankSpec spec, RankPorts ports, PipelineWalk walk, TensorParallelGroup group) {
        this.spec = spec;
        this.walk = walk;
        this.reader = new BatchReader(ports.backend(), spec);
        this.source = ports.validation();
        this.rows = new TargetRows(ports.backend(), walk.stage(), group);
    }

    ScoreRun begin(Phase.Score newPhase) {
        int toRun = spec.numMicrobatchesOf(newPhase.windows().size());
        for (ScoredWindow window : newPhase.windows()) {
            if (window.to() > spec.sequenceLength()) {
                throw new IllegalArgumentException(
                        "a window has " + spec.sequenceLength() + " positions but " + window + " is to be scored");
            }
        }
        phase = newPhase;
        scores.clear();
        walk.begin(spec.forwardActions(toRun), newPhase.firstWindow(), this);
        return this;
    }

    @Override
    public Progress advance() {
        return walk.advance();
    }

    @Override
    public PhaseResult result() {
        return new PhaseResult.Scored(scores);
    }

    @Override
    public String place() {
        return "scores from window " + phase.firstWindow() + ", " + walk.place();
    }

    @Override
    public void load(MicrobatchContext context, int microbatch) {
        reader.load(context, ForwardContext.Mode.EVALUATION, source, phase.firstWindow(), microbatch);
    }

    @Override
    public void finish(MicrobatchSlot slot, int microbatch, Tensor hidden) {
        var spans = new ArrayList<TargetRows.Span>(spec.microbatchSize());
        for (int b = 0; b < spec.microbatchSize(); b++) {
            long window = slot.context().firstSample() + b;
            ScoredWindow scored = phase.windows().get((int) (window - phase.firstWindow()));
            if (scored.numTargets() > 0) {
                long first = (long) b * spec.sequenceLength() + scored.from();
                spans.add(new TargetRows.Span(window, first, scored.numTargets()));
            }
        }
        scores.addAll(rows.score(slot, hidden, spans));
    }
}
