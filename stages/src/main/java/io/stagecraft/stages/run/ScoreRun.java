package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.evaluation.ScoredWindow;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import io.stagecraft.stages.schedule.ForwardOnlySchedule;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// [Phase.Score] on one rank: only positions whose target counts are projected on the vocabulary. The first
/// tensor rank adds exponentials of the padded vocabulary's logits in double.
///
/// - Source: Megatron-LM's `tasks/zeroshot_gpt/evaluate.py`.
final class ScoreRun implements PhaseRun, PipelineWork {
    private static final int MOST_ROWS_AT_ONCE = 32;

    private final RankSpec spec;
    private final Backend backend;
    private final PipelineWalk walk;
    private final TensorParallelGroup group;
    private final BatchReader reader;
    private final TokenSamples source;
    private final int[] tokens;
    private final float[] logits;
    private final List<WindowScore> scores = new ArrayList<>();
    private Phase.Score phase = new Phase.Score(0, List.of());

    ScoreRun(RankSpec spec, RankPorts ports, PipelineWalk walk, TensorParallelGroup group) {
        this.spec = spec;
        this.backend = ports.backend();
        this.walk = walk;
        this.group = group;
        this.reader = new BatchReader(backend, spec);
        this.source = ports.validation();
        this.tokens = new int[spec.sequenceLength() + 1];
        this.logits = new float[spec.isLastStage() ? spec.model().paddedVocabSize() : 0];
    }

    /// Rows that are projected at once, of sequences of `sequenceLength` positions.
    static int rowsAtOnce(int sequenceLength) {
        return Math.min(MOST_ROWS_AT_ONCE, sequenceLength);
    }

    ScoreRun begin(Phase.Score newPhase) {
        int windowsAtOnce = spec.microbatchSize() * spec.topology().dataSize();
        int num = newPhase.windows().size();
        if (num < 1 || num % windowsAtOnce != 0) {
            throw new IllegalArgumentException("scoring takes a multiple of microbatch size x replicas = "
                    + windowsAtOnce + " windows but is asked for " + num);
        }
        for (ScoredWindow window : newPhase.windows()) {
            if (window.to() > spec.sequenceLength()) {
                throw new IllegalArgumentException(
                        "a window has " + spec.sequenceLength() + " positions but " + window + " is to be scored");
            }
        }
        phase = newPhase;
        scores.clear();
        var actions = new ForwardOnlySchedule()
                .actions(spec.coordinate().stage(), spec.topology().pipelineSize(), num / windowsAtOnce);
        walk.begin(actions, newPhase.firstWindow(), this);
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
        context.begin(
                ForwardContext.Mode.EVALUATION,
                spec.microbatch(),
                reader.firstSample(phase.firstWindow(), microbatch),
                1);
        reader.upload(source, context);
    }

    @Override
    public void finish(MicrobatchSlot slot, int microbatch, Tensor hidden) {
        for (int b = 0; b < spec.microbatchSize(); b++) {
            long window = slot.context().firstSample() + b;
            ScoredWindow scored = phase.windows().get((int) (window - phase.firstWindow()));
            if (scored.numTargets() > 0) {
                source.sample(window, tokens, 0);
                score(slot, hidden.rows((long) b * spec.sequenceLength(), spec.sequenceLength()), window, scored);
            }
        }
    }

    private void score(MicrobatchSlot slot, Tensor hidden, long window, ScoredWindow scored) {
        var found = new ArrayList<Double>(scored.numTargets());
        int numLikeliest = 0;
        TensorArena arena = slot.context().arena();
        long mark = arena.mark();
        int step = rowsAtOnce(spec.sequenceLength());
        for (int from = scored.from(); from < scored.to(); from += step) {
            int num = Math.min(step, scored.to() - from);
            Tensor mine = walk.stage().logits(slot, hidden.rows(from, num)); // [num, V / P]
            Tensor all = arena.allocate(mine.dtype(), Shape.of(1, spec.model().paddedVocabSize()));
            for (int row = 0; row < num; row++) {
                group.allGather(mine.rows(row, 1), all);
                if (group.rank() == 0) {
                    toHost(all);
                    int target = tokens[from + row + 1];
                    found.add(logProbability(target));
                    numLikeliest += likeliest() == target ? 1 : 0;
                }
            }
            arena.reset(mark);
        }
        if (group.rank() == 0) {
            scores.add(new WindowScore(window, found, numLikeliest));
        }
    }

    private void toHost(Tensor row) {
        MemorySegment source = backend.readable(row);
        if (row.dtype() == DType.FLOAT32) {
            MemorySegment.copy(source, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, logits, 0, logits.length);
            return;
        }
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) backend.read(row, i);
        }
    }

    private int likeliest() {
        int best = 0;
        for (int token = 1; token < logits.length; token++) {
            best = logits[token] > logits[best] ? token : best;
        }
        return best;
    }

    private double logProbability(int target) {
        double max = logits[likeliest()];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return logits[target] - max - Math.log(sum);
    }
}
