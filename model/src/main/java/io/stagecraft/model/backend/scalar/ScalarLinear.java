package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.tensor.Tensor;

/// Matrix products with their epilogues, and sums of columns.
final class ScalarLinear {
    private ScalarLinear() {}

    static void matmul(Matmul op, Tensor a, Tensor b, Tensor c, Epilogue epilogue) {
        var out = Values.of(c);
        long n = c.shape().last();
        var product = new Product(op, a, b);
        for (long i = 0; i < c.shape().rows(); i++) {
            for (long j = 0; j < n; j++) {
                store(out, i * n + j, j, product.at(i, j), epilogue);
            }
        }
    }

    static void matmulAdd(Matmul op, Tensor a, Tensor b, Tensor c) {
        var out = Values.of(c);
        long n = c.shape().last();
        var product = new Product(op, a, b);
        for (long i = 0; i < c.shape().rows(); i++) {
            for (long j = 0; j < n; j++) {
                out.add(i * n + j, product.at(i, j));
            }
        }
    }

    private static void store(Values out, long index, long column, double value, Epilogue epilogue) {
        switch (epilogue) {
            case Epilogue.None() -> out.set(index, value);
            case Epilogue.AddBias(Tensor bias) ->
                out.set(index, value + Values.of(bias).get(column));
            case Epilogue.AddBiasGelu(Tensor bias, Gelu gelu, Tensor activated) -> {
                double preactivation = value + Values.of(bias).get(column);
                out.set(index, preactivation);
                Values.of(activated).set(index, ScalarGelu.value(gelu, preactivation));
            }
        }
    }

    static void addColumnSums(Tensor x, Tensor sum) {
        var v = Values.of(x);
        var s = Values.of(sum);
        long columns = x.shape().last();
        for (long c = 0; c < columns; c++) {
            double total = 0;
            for (long r = 0; r < x.shape().rows(); r++) {
                total += v.get(r * columns + c);
            }
            s.add(c, total);
        }
    }

    /// Elements of `alpha op(a) op(b)`: `k` ascending, in double.
    private static final class Product {
        private final Values a;
        private final Values b;
        private final long depth;
        private final long aRowStride;
        private final long aStride;
        private final long bColumnStride;
        private final long bStride;
        private final double alpha;

        Product(Matmul op, Tensor a, Tensor b) {
            this.a = Values.of(a);
            this.b = Values.of(b);
            long aColumns = a.shape().last();
            long bColumns = b.shape().last();
            depth = op.aTransposed() ? a.shape().rows() : aColumns;
            aRowStride = op.aTransposed() ? 1 : aColumns;
            aStride = op.aTransposed() ? aColumns : 1;
            bColumnStride = op.bTransposed() ? bColumns : 1;
            bStride = op.bTransposed() ? 1 : bColumns;
            alpha = op.alpha();
        }

        double at(long row, long column) {
            double sum = 0;
            for (long k = 0; k < depth; k++) {
                sum += a.get(row * aRowStride + k * aStride) * b.get(column * bColumnStride + k * bStride);
            }
            return alpha * sum;
        }
    }
}
