package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.tensor.Tensor;

/// Operations over tokens: embedding and cross-entropy.
final class ScalarVocabulary {
    private ScalarVocabulary() {}

    static void embedding(Tensor ids, Tensor table, long firstRow, Tensor out) {
        var id = Values.of(ids);
        var t = Values.of(table);
        var o = Values.of(out);
        long columns = out.shape().last();
        for (long i = 0; i < out.numElements(); i++) {
            long row = id.getInt(i / columns) - firstRow;
            boolean here = row >= 0 && row < table.shape().rows();
            o.set(i, here ? t.get(row * columns + i % columns) : 0);
        }
    }

    static void embeddingBackward(Tensor dOut, Tensor ids, long firstRow, Tensor dTable) {
        var id = Values.of(ids);
        var d = Values.of(dOut);
        var t = Values.of(dTable);
        long columns = dOut.shape().last();
        for (long i = 0; i < dOut.numElements(); i++) {
            long row = id.getInt(i / columns) - firstRow;
            if (row >= 0 && row < dTable.shape().rows()) {
                t.add(row * columns + i % columns, d.get(i));
            }
        }
    }

    static void rowMax(Tensor logits, Tensor max) {
        var l = Values.of(logits);
        var m = Values.of(max);
        long columns = logits.shape().last();
        for (long r = 0; r < logits.shape().rows(); r++) {
            double most = Double.NEGATIVE_INFINITY;
            for (long c = 0; c < columns; c++) {
                most = Math.max(most, l.get(r * columns + c));
            }
            m.set(r, most);
        }
    }

    static void softmaxShard(VocabShard shard, Tensor max, Tensor targetLogit, Tensor sumExp) {
        var l = Values.of(shard.logits());
        var m = Values.of(max);
        var target = Values.of(targetLogit);
        var sums = Values.of(sumExp);
        var targets = Values.of(shard.targets());
        long columns = shard.logits().shape().last();
        for (long r = 0; r < shard.logits().shape().rows(); r++) {
            long own = targets.getInt(r) - shard.firstColumn();
            boolean here = own >= 0 && own < columns;
            target.set(r, here ? l.get(r * columns + own) - m.get(r) : 0);
            double sum = 0;
            for (long c = 0; c < columns; c++) {
                double e = StrictMath.exp(l.get(r * columns + c) - m.get(r));
                l.set(r * columns + c, e);
                sum += e;
            }
            sums.set(r, sum);
        }
    }

    static void addCrossEntropy(Tensor targetLogit, Tensor sumExp, Tensor weight, Tensor lossSum) {
        var target = Values.of(targetLogit);
        var sums = Values.of(sumExp);
        var w = Values.of(weight);
        double total = Values.of(lossSum).get(0);
        for (long r = 0; r < weight.numElements(); r++) {
            total += w.get(r) * (StrictMath.log(sums.get(r)) - target.get(r));
        }
        Values.of(lossSum).set(0, total);
    }

    static void crossEntropyBackward(VocabShard shard, Tensor sumExp, Tensor weight, double scale) {
        var l = Values.of(shard.logits());
        var sums = Values.of(sumExp);
        var w = Values.of(weight);
        var targets = Values.of(shard.targets());
        long columns = shard.logits().shape().last();
        for (long r = 0; r < shard.logits().shape().rows(); r++) {
            long own = targets.getInt(r) - shard.firstColumn();
            for (long c = 0; c < columns; c++) {
                double softmax = l.get(r * columns + c) / sums.get(r);
                l.set(r * columns + c, scale * w.get(r) * (softmax - (c == own ? 1 : 0)));
            }
        }
    }
}
