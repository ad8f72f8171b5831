package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.random.Philox;
import io.stagecraft.model.tensor.Tensor;

/// Dropout by position, as [Dropout] writes it down.
final class ScalarDropout {
    private ScalarDropout() {}

    /// Factor of element (`sample`, `row`, `column`): 0 if it is dropped. `sample` counts from the
    /// microbatch's first.
    static double factor(Dropout dropout, long sample, long row, long column, long numColumns) {
        if (!dropout.active()) {
            return 1;
        }
        long block = row * ((numColumns + 7) / 8) + column / 8;
        long global = dropout.firstSample() + sample;
        int half = (int) (column % 8);
        long words =
                half < 4 ? Philox.words01(dropout.key(), block, global) : Philox.words23(dropout.key(), block, global);
        long u = (words >>> (16 * (half % 4))) & 0xFFFF;
        return u < dropout.threshold() ? 0 : dropout.keepScale();
    }

    private static double rowFactor(Dropout dropout, long r, long column, long numColumns) {
        return factor(dropout, r / dropout.numPositions(), r % dropout.numPositions(), column, numColumns);
    }

    static void biasDropoutAdd(Tensor y, Tensor bias, Tensor residual, Dropout dropout, Tensor out) {
        var v = Values.of(y);
        var b = Values.of(bias);
        var kept = Values.of(residual);
        var o = Values.of(out);
        long columns = y.shape().last();
        for (long i = 0; i < y.numElements(); i++) {
            long c = i % columns;
            double branch = (v.get(i) + b.get(c)) * rowFactor(dropout, i / columns, c, columns);
            o.set(i, kept.get(i) + branch);
        }
    }

    static void backward(Tensor dOut, Dropout dropout, Tensor dY) {
        var d = Values.of(dOut);
        var out = Values.of(dY);
        long columns = dOut.shape().last();
        for (long i = 0; i < dOut.numElements(); i++) {
            out.set(i, d.get(i) * rowFactor(dropout, i / columns, i % columns, columns));
        }
    }

    static void addRows(Tensor ids, Tensor table, Dropout dropout, Tensor x) {
        var id = Values.of(ids);
        var t = Values.of(table);
        var v = Values.of(x);
        long columns = x.shape().last();
        for (long i = 0; i < x.numElements(); i++) {
            long r = i / columns;
            long c = i % columns;
            double sum = v.get(i) + t.get(id.getInt(r) * columns + c);
            v.set(i, sum * rowFactor(dropout, r, c, columns));
        }
    }
}
