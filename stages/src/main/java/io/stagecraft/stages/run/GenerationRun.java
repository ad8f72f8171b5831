package io.stagecraft.stages.run;

import static io.stagecraft.stages.run.TokenChoice.Forbidden.NOTHING;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.generation.Sampler;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.model.generation.VocabularyScores;
import io.stagecraft.model.layer.History;
import io.stagecraft.model.layer.KeyValueCache;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// [Phase.Generate] on one rank: the batch goes through the stages in microbatches of sequences;
/// the first tensor rank of the last stage makes tokens of the logits, so that a few numbers cross
/// the wire and not a vocabulary.
///
/// - Source: Megatron-LM, text generation.
final class GenerationRun implements PhaseRun, PipelineWork {
    /// Megatron-LM's: the probability of a token with it is 0.
    private static final float FORBIDDEN_LOGIT = -1e10f;

    private final RankSpec spec;
    private final Backend backend;
    private final PipelineWalk walk;
    private final KeyValueCache cache;
    private final LogitRows logitRows;
    private final int[] ids;
    private final List<List<Integer>> tokens = new ArrayList<>();
    private final List<List<Double>> logProbabilities = new ArrayList<>();
    private Sampler sampler = new Sampler(SamplingSettings.greedy());
    private Phase.Generate phase = new Phase.Generate(List.of(), 0, new TokenChoice.Best(1, NOTHING));
    private int sequencesAtOnce = 1;
    private long serial;

    /// Borrows the cache.
    GenerationRun(RankSpec spec, Backend backend, PipelineWalk walk, TensorParallelGroup group, KeyValueCache cache) {
        this.spec = spec;
        this.backend = backend;
        this.walk = walk;
        this.cache = cache;
        this.logitRows = new LogitRows(spec, backend, walk.stage(), group);
        this.ids = new int[Math.max(1, spec.purpose().maxRows())];
    }

    GenerationRun begin(Phase.Generate newPhase) {
        check(newPhase);
        phase = newPhase;
        serial++;
        tokens.clear();
        logProbabilities.clear();
        if (newPhase.choice() instanceof TokenChoice.Draw draw) {
            sampler = sampler.with(draw.sampling());
        }
        if (!newPhase.origins().isEmpty()) {
            int[] origins =
                    newPhase.origins().stream().mapToInt(Integer::intValue).toArray();
            cache.reorder(origins, newPhase.firstPosition());
        }
        int batch = newPhase.tokens().size();
        sequencesAtOnce = RankPurpose.sequencesAtOnce(batch, numPositions());
        walk.begin(spec.forwardActions(Math.ceilDiv(batch, sequencesAtOnce)), serial, this);
        return this;
    }

    private void check(Phase.Generate newPhase) {
        int batch = newPhase.tokens().size();
        int positions = batch == 0 ? 0 : newPhase.tokens().getFirst().size();
        boolean isEven = newPhase.tokens().stream().allMatch(sequence -> sequence.size() == positions);
        long end = (long) newPhase.firstPosition() + positions;
        if (positions < 1 || !isEven || batch > cache.numSequences() || end > cache.capacity()) {
            throw new IllegalArgumentException("generation takes 1 to " + cache.numSequences()
                    + " sequences with as many new tokens each, up to position " + cache.capacity()
                    + ", but is asked for " + batch + " from position " + newPhase.firstPosition() + " to " + end
                    + (isEven ? "" : " and not as many in all"));
        }
        int vocabSize = spec.model().vocabSize();
        for (List<Integer> sequence : newPhase.tokens()) {
            for (int token : sequence) {
                if (token < 0 || token >= vocabSize) {
                    throw new IllegalArgumentException("generation after token " + token
                            + ", but the vocabulary has tokens 0 to " + (vocabSize - 1));
                }
            }
        }
    }

    private int numPositions() {
        return phase.tokens().getFirst().size();
    }

    @Override
    public Progress advance() {
        return walk.advance();
    }

    @Override
    public PhaseResult result() {
        return new PhaseResult.Generated(List.copyOf(tokens), List.copyOf(logProbabilities));
    }

    @Override
    public String place() {
        return "generation from position " + phase.firstPosition() + ", " + walk.place();
    }

    @Override
    public void load(MicrobatchContext context, int microbatch) {
        int first = microbatch * sequencesAtOnce;
        int num = Math.min(sequencesAtOnce, phase.tokens().size() - first);
        context.begin(
                new MicrobatchShape(num, numPositions()), new History.Cached(cache, first, phase.firstPosition()));
        if (spec.isFirstStage()) {
            int at = 0;
            for (List<Integer> sequence : phase.tokens().subList(first, first + num)) {
                for (int token : sequence) {
                    ids[at++] = token;
                }
            }
            backend.upload(ids, 0, context.tokens());
        }
    }

    @Override
    public void finish(MicrobatchSlot slot, int microbatch, Tensor hidden) {
        int first = microbatch * sequencesAtOnce;
        int num = slot.context().shape().numSequences();
        int positions = numPositions();
        switch (phase.choice()) {
            case TokenChoice.Best best -> {
                var last = new LogitRows.RowRange(positions - 1, positions, num);
                logitRows.forEach(slot, hidden, last, (row, logits) -> best(best, first + row, logits));
            }
            case TokenChoice.Draw draw -> {
                switch (draw.report()) {
                    case TOKENS -> {
                        var last = new LogitRows.RowRange(positions - 1, positions, num);
                        logitRows.forEach(slot, hidden, last, (row, logits) -> next(draw, first + row, logits));
                    }
                    case LOG_PROBABILITIES -> {
                        var all = new LogitRows.RowRange(0, 1, num * positions);
                        logitRows.forEach(
                                slot,
                                hidden,
                                all,
                                (row, logits) -> told(draw, first + row / positions, row % positions, logits));
                    }
                }
            }
        }
    }

    private void best(TokenChoice.Best best, int sequence, float[] logits) {
        forbid(sequence, logits);
        int vocabSize = spec.model().vocabSize();
        int num = Math.min(best.num(), vocabSize);
        int[] ids = VocabularyScores.best(logits, vocabSize, num);
        var scores = new ArrayList<Double>(num);
        var found = new ArrayList<Integer>(num);
        double logSum = VocabularyScores.logSumExp(logits);
        for (int id : ids) {
            found.add(id);
            scores.add(logits[id] - logSum);
        }
        tokens.add(List.copyOf(found));
        logProbabilities.add(List.copyOf(scores));
    }

    private int next(TokenChoice.Draw draw, int sequence, float[] logits) {
        int token = draw.given().get(sequence);
        if (token == TokenChoice.Draw.DRAWN) {
            forbid(sequence, logits);
            token = sampler.next(logits, spec.model().vocabSize(), draw.position(), sequence);
        }
        tokens.add(List.of(token));
        return token;
    }

    /// Takes what must not follow `sequence` out of its last logits.
    private void forbid(int sequence, float[] logits) {
        TokenChoice.Forbidden forbidden = phase.choice().forbidden();
        if (phase.tokens().get(sequence).getLast() == forbidden.behind()) {
            logits[forbidden.token()] = FORBIDDEN_LOGIT;
        }
    }

    /// The log-probability of what follows position `at` of the phase, which at the end is chosen
    /// first.
    private void told(TokenChoice.Draw draw, int sequence, int at, float[] logits) {
        if (at == 0) {
            logProbabilities.add(new ArrayList<>());
        }
        int token = at + 1 < numPositions() ? phase.tokens().get(sequence).get(at + 1) : next(draw, sequence, logits);
        logProbabilities.getLast().add(logits[token] - VocabularyScores.logSumExp(logits));
    }
}
