package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.layer.VocabParallelCrossEntropy;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;

/// Scores of the targets of hidden states on the last stage, a few rows at a time. Each tensor rank
/// works on its part of the vocabulary; only numbers of a row cross between ranks.
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
    private int numLikeliest;

    TargetRows(Backend backend, PipelineStage stage, TensorParallelGroup group) {
        this.backend = backend;
        this.stage = stage;
        this.group = group;
        this.crossEntropy = new VocabParallelCrossEntropy(backend, group);
    }

    /// Every row of `hidden` against its token in `targets`; both are of `window`. The same on
    /// every tensor rank.
    WindowScore score(MicrobatchSlot slot, Tensor hidden, Tensor targets, long window) {
        logProbabilities.clear();
        numLikeliest = 0;
        TensorArena arena = slot.context().arena();
        long mark = arena.mark();
        long rows = hidden.shape().rows();
        for (long from = 0; from < rows; from += CHUNK) {
            long num = Math.min(CHUNK, rows - from);
            score(slot, hidden.rows(from, num), targets.slice(from, num));
            arena.reset(mark);
        }
        return new WindowScore(window, logProbabilities, numLikeliest);
    }

    private void score(MicrobatchSlot slot, Tensor hidden, Tensor targets) {
        TensorArena arena = slot.context().arena();
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
            numLikeliest += targetLogit == 0 && backend.read(preceded, row) == 0 ? 1 : 0;
        }
    }
}
