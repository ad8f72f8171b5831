package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Cross-entropy of logits whose columns are split over the tensor ranks: `loss[r] = log Σ_c
/// e^(l[r, c]
/// - max) - (l[r, target] - max)`. Only numbers of a row cross between ranks, never logits.
///
/// - Three all-reduces a call of [#forward], in this order: MAX of the row maxima, SUM of the
///   target logits, SUM of the sums of exponentials. None backward.
/// - Thread: the rank's compute thread.
/// - Source: Shoeybi et al., arXiv:1909.08053, section 3; Megatron-LM.
public final class VocabParallelCrossEntropy {
    private final Backend backend;
    private final TensorParallelGroup group;

    /// Cross-entropy over the columns of all ranks of `group`.
    public VocabParallelCrossEntropy(Backend backend, TensorParallelGroup group) {
        this.backend = backend;
        this.group = group;
    }

    /// What the ranks tell each other, a number a row each.
    ///
    /// @param max the row's largest logit
    /// @param targetLogit the target's logit minus max
    /// @param sumExp sum of exponentials
    public record RowSums(Tensor max, Tensor targetLogit, Tensor sumExp) {}

    /// Room for `rows` rows, in `arena`.
    public RowSums allocate(long rows, TensorArena arena) {
        Shape shape = Shape.of(rows);
        return new RowSums(
                arena.allocate(backend.dtype(), shape),
                arena.allocate(backend.dtype(), shape),
                arena.allocate(backend.dtype(), shape));
    }

    /// `lossSum += Σ_r weight[r] * loss[r]`. Leaves exponentials in the logits and fills `sums`.
    public void forward(VocabShard shard, Tensor weight, RowSums sums, Tensor lossSum) {
        backend.rowMax(shard.logits(), sums.max());
        group.allReduceMax(sums.max());
        backend.softmaxShard(shard, sums.max(), sums.targetLogit(), sums.sumExp());
        group.allReduceSum(sums.targetLogit());
        group.allReduceSum(sums.sumExp());
        backend.addCrossEntropy(sums.targetLogit(), sums.sumExp(), weight, lossSum);
    }

    /// Fills `sums` for every row on its own: its target's log-probability is `targetLogit - log
    /// sumExp`. The target is the likeliest token of the row if `targetLogit` is 0 and `preceded`
    /// is: of several that are equally likely the first counts. One more all-reduce than
    /// [#forward], a MAX, at the end. Leaves exponentials in the logits.
    ///
    /// @param preceded 1 for a row in which a token before the target has the largest logit, else 0
    public void score(VocabShard shard, RowSums sums, Tensor preceded) {
        backend.rowMax(shard.logits(), sums.max());
        backend.copy(sums.max(), preceded); // the largest of this rank's columns
        group.allReduceMax(sums.max());
        markPreceded(shard, sums.max(), preceded);
        backend.softmaxShard(shard, sums.max(), sums.targetLogit(), sums.sumExp());
        group.allReduceSum(sums.targetLogit());
        group.allReduceSum(sums.sumExp());
        group.allReduceMax(preceded);
    }

    /// Only a rank that has the row's largest logit has something to look for.
    private void markPreceded(VocabShard shard, Tensor max, Tensor preceded) {
        long columns = shard.logits().shape().last();
        for (int row = 0; row < shard.logits().shape().rows(); row++) {
            double largest = backend.read(max, row);
            long before = Math.min(columns, (long) backend.read(shard.targets(), row) - shard.firstColumn());
            boolean isFound = before > 0
                    && backend.read(preceded, row) == largest
                    && contains(shard.logits().rows(row, 1), before, largest);
            backend.fill(preceded.slice(row, 1), isFound ? 1 : 0);
        }
    }

    private boolean contains(Tensor row, long num, double value) {
        MemorySegment host = backend.readable(row);
        boolean isFloat = row.dtype() == DType.FLOAT32;
        for (long i = 0; i < num; i++) {
            double it = isFloat ? host.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i) : backend.read(row, i);
            if (it == value) {
                return true;
            }
        }
        return false;
    }

    /// Replaces what [#forward] left in the logits by their gradient, times `scale`.
    public void backward(VocabShard shard, Tensor weight, RowSums sums, double scale) {
        backend.crossEntropyBackward(shard, sums.sumExp(), weight, scale);
    }
}
