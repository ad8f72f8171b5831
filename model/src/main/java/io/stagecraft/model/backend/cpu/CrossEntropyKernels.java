package io.stagecraft.model.backend.cpu;

/// The vocabulary-parallel cross-entropy, row by row; arguments but sizes are addresses.
final class CrossEntropyKernels {
    private CrossEntropyKernels() {}

    /// `max[r] = max_c logits[r, c]`.
    static void rowMax(long logits, long max, int rows, int columns) {
        for (int r = 0; r < rows; r++) {
            Lanes.set(max + 4L * r, RowReductions.max(logits + 4L * r * columns, columns));
        }
    }

    /// In place `e^(logits[r] - max[r])`, and their sums.
    static void exponentials(long logits, long max, long sumExp, int rows, int columns) {
        for (int r = 0; r < rows; r++) {
            float m = Lanes.get(max + 4L * r);
            long row = logits + 4L * r * columns;
            Lanes.set(sumExp + 4L * r, ExpKernel.apply(row, m, row, columns));
        }
    }

    /// `start + Σ_r weight[r] * (log sumExp[r] - targetLogit[r])`, rows ascending. The logarithm is
    /// StrictMath's: the same bits everywhere.
    static double addLosses(double start, long targetLogit, long sumExp, long weight, int rows) {
        double total = start;
        for (int r = 0; r < rows; r++) {
            double loss = StrictMath.log(Lanes.get(sumExp + 4L * r)) - Lanes.get(targetLogit + 4L * r);
            total += Lanes.get(weight + 4L * r) * loss;
        }
        return total;
    }

    /// In place `logits[r] *= scale * weight[r] / sumExp[r]`.
    static void probabilities(long logits, long sumExp, long weight, float scale, int rows, int columns) {
        for (int r = 0; r < rows; r++) {
            float factor = scale * Lanes.get(weight + 4L * r) / Lanes.get(sumExp + 4L * r);
            long row = logits + 4L * r * columns;
            Elementwise.scale(row, factor, row, columns);
        }
    }
}
