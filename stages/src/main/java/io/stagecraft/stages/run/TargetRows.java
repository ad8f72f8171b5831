package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.layer.VocabParallelCrossEntropy;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;

/// Scores of the targets of hidden states on the last stage. Rows of several windows are gathered,
/// so that few of each do not make thin products and many collectives; each tensor rank works on
/// its part of the vocabulary, and only numbers of a row cross between ranks.
///
/// - Thread: the rank's compute thread.
final class TargetRows {
    /// Rows that are projected at once.
    private static final int CHUNK = 128;

    private final Backend backend;
    private final PipelineStage stage;
    private final TensorParallelGroup group;
    private final VocabParallelCrossEntropy crossEntropy;
    private final List<Double> logProbabilities = new ArrayList<>();
    private final List<Boolean> likeliest = new ArrayList<>();

    /// Rows of one window.
    ///
    /// @param window its index
    /// @param first row of the microbatch
    /// @param num at least 1
    record Span(long window, long first, int num) {}

    TargetRows(Backend backend, PipelineStage stage, TensorParallelGroup group) {
        this.backend = backend;
        this.stage = stage;
        this.group = group;
        this.crossEntropy = new VocabParallelCrossEntropy(backend, group);
    }

    /// The rows `spans` of `hidden` against the tokens that the microbatch has as targets there.
    /// The same on every tensor rank.
    List<WindowScore> score(MicrobatchSlot slot, Tensor hidden, List<Span> spans) {
        logProbabilities.clear();
        likeliest.clear();
        TensorArena arena = slot.context().arena();
        long mark = arena.mark();
        Tensor rows =
                arena.allocate(hidden.dtype(), Shape.of(CHUNK, hidden.shape().last()));
        Tensor targets = arena.allocate(DType.INT32, Shape.of(CHUNK));
        int filled = 0;
        for (Span span : spans) {
            for (int done = 0; done < span.num(); ) {
                int num = Math.min(CHUNK - filled, span.num() - done);
                long from = span.first() + done;
                backend.copy(hidden.rows(from, num), rows.rows(filled, num));
                backend.copy(slot.context().targets().slice(from, num), targets.slice(filled, num));
                filled += num;
                done += num;
                filled = filled == CHUNK ? score(slot, rows, targets) : filled;
            }
        }
        if (filled > 0) {
            score(slot, rows.rows(0, filled), targets.slice(0, filled));
        }
        arena.reset(mark);
        return byWindow(spans);
    }

    /// Tells none left.
    private int score(MicrobatchSlot slot, Tensor hidden, Tensor targets) {
        TensorArena arena = slot.context().arena();
        long mark = arena.mark();
        Tensor logits = stage.logits(slot, hidden); // [num, V / P]
        long num = logits.shape().rows();
        var shard =
                new VocabShard(logits, targets, group.rank() * logits.shape().last());
        VocabParallelCrossEntropy.RowSums sums = crossEntropy.allocate(num, arena);
        Tensor preceded = arena.allocate(backend.dtype(), Shape.of(num));
        crossEntropy.score(shard, sums, preceded);
        for (long row = 0; row < num; row++) {
            double targetLogit = backend.read(sums.targetLogit(), row); // less the largest
            logProbabilities.add(targetLogit - Math.log(backend.read(sums.sumExp(), row)));
            likeliest.add(targetLogit == 0 && backend.read(preceded, row) == 0);
        }
        arena.reset(mark);
        return 0;
    }

    private List<WindowScore> byWindow(List<Span> spans) {
        var scores = new ArrayList<WindowScore>(spans.size());
        int from = 0;
        for (Span span : spans) {
            int to = from + span.num();
            int right =
                    (int) likeliest.subList(from, to).stream().filter(it -> it).count();
            scores.add(new WindowScore(span.window(), logProbabilities.subList(from, to), right));
            from = to;
        }
        return scores;
    }
}
