package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.tensor.Tensor;

/// Cross-entropy over a vocabulary that is spread over ranks: this rank's part of each step.
final class CrossEntropyOperations {
    /// See [io.stagecraft.model.backend.Backend#rowMax].
    void rowMax(Tensor logits, Tensor max) {
        int rows = Operands.rows(logits);
        long x = Operands.floats(logits);
        CrossEntropyKernels.rowMax(x, Operands.floats(max), rows, Operands.columns(logits));
    }

    /// See [io.stagecraft.model.backend.Backend#softmaxShard].
    void softmaxShard(VocabShard shard, Tensor max, Tensor targetLogit, Tensor sumExp) {
        int rows = Operands.rows(shard.logits());
        int columns = Operands.columns(shard.logits());
        long logits = Operands.floats(shard.logits());
        long targets = Operands.ints(shard.targets());
        long most = Operands.floats(max);
        long target = Operands.floats(targetLogit);
        long sum = Operands.floats(sumExp);
        for (int r = 0; r < rows; r++) {
            long c = Lanes.getInt(targets + 4L * r) - shard.firstColumn();
            boolean here = c >= 0 && c < columns;
            float logit = here ? Lanes.get(logits + 4 * ((long) r * columns + c)) - Lanes.get(most + 4L * r) : 0;
            Lanes.set(target + 4L * r, logit);
        }
        CrossEntropyKernels.exponentials(logits, most, sum, rows, columns);
    }

    /// See [io.stagecraft.model.backend.Backend#addCrossEntropy].
    void add(Tensor targetLogit, Tensor sumExp, Tensor weight, Tensor lossSum) {
        int rows = Math.toIntExact(targetLogit.numElements());
        long target = Operands.floats(targetLogit);
        long sum = Operands.floats(sumExp);
        long w = Operands.floats(weight);
        long loss = Operands.doubles(lossSum);
        Lanes.setDouble(loss, CrossEntropyKernels.addLosses(Lanes.getDouble(loss), target, sum, w, rows));
    }

    /// See [io.stagecraft.model.backend.Backend#crossEntropyBackward].
    void backward(VocabShard shard, Tensor sumExp, Tensor weight, double scale) {
        int rows = Operands.rows(shard.logits());
        int columns = Operands.columns(shard.logits());
        long logits = Operands.floats(shard.logits());
        long targets = Operands.ints(shard.targets());
        long sum = Operands.floats(sumExp);
        long w = Operands.floats(weight);
        CrossEntropyKernels.probabilities(logits, sum, w, (float) scale, rows, columns);
        for (int r = 0; r < rows; r++) {
            long c = Lanes.getInt(targets + 4L * r) - shard.firstColumn();
            if (c >= 0 && c < columns) {
                long at = logits + 4 * ((long) r * columns + c);
                Lanes.set(at, Lanes.get(at) - (float) scale * Lanes.get(w + 4L * r));
            }
        }
    }
}
