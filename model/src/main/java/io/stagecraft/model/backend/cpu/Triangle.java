package io.stagecraft.model.backend.cpu;

/// Products with rows of a lower triangle: of the `[n, n]` matrix of scores or of weights, whose
/// element (i, j) is 0 for `j > i`, or not asked for.
///
/// What lies beyond the diagonal is left out but for parts of tiles. So a product is cut where its
/// cut costs least: scores by columns, since a few keys are brought into the order of tiles once
/// for all rows; sums by two rows of tiles.
///
/// Legend: `d` channels, `end = from + num` columns of these rows.
///
/// Each product brings `next` near, what is read after it; [Matrix#NONE] is nothing.
///
/// @param from first row
/// @param num rows
record Triangle(Gemm gemm, int from, int num) {
    /// Rows that are worked on at a time: what is between two products stays in the second cache.
    static final int MOST_ROWS = 256;

    /// So many weights of a row, its last among them, are read by a product: those beyond the
    /// diagonal must be 0.
    static final int BLOCK = 28;

    private static final int PANEL = 32;

    /// Floats of all columns of the rows that are worked on at a time, of `n`.
    static long floats(int n) {
        return (long) Math.min(MOST_ROWS, n) * n;
    }

    /// `to = alpha rows keysᵀ`. Beyond the diagonal, some elements are written.
    ///
    /// @param rows `[num, d]`
    /// @param keys `[end, d]`
    /// @param to `[num, end]`
    void scores(float alpha, Matrix rows, Matrix keys, Matrix to, Matrix next) {
        int d = keys.columns();
        int end = from + num;
        Matrix turned = keys.transpose();
        for (int j = 0; j < end; j += PANEL) {
            int columns = Math.min(PANEL, end - j);
            int first = Math.max(0, j - from);
            fetch(next, j, columns, end);
            gemm.multiply(
                    alpha,
                    rows.part(first, num - first, 0, d),
                    turned.part(0, d, j, columns),
                    0,
                    to.part(first, num - first, j, columns));
        }
    }

    /// `to = alpha weights values`.
    ///
    /// @param weights `[num, end]`
    /// @param values `[end, d]`
    /// @param to `[num, d]`
    void ofRows(float alpha, Matrix weights, Matrix values, Matrix to, Matrix next) {
        int d = values.columns();
        for (int i = 0; i < num; i += BLOCK) {
            int rows = Math.min(BLOCK, num - i);
            int end = from + i + rows;
            fetch(next, i, rows, num);
            gemm.multiply(alpha, weights.part(i, rows, 0, end), values.part(0, end, 0, d), 0, to.part(i, rows, 0, d));
        }
    }

    /// `to = alpha weightsᵀ rows + beta to`.
    ///
    /// @param weights `[num, end]`
    /// @param rows `[num, d]`
    /// @param to `[end, d]`
    void ofColumns(float alpha, Matrix weights, Matrix rows, float beta, Matrix to, Matrix next) {
        int d = rows.columns();
        int end = from + num;
        Matrix turned = weights.transpose();
        for (int j = 0; j < end; j += BLOCK) {
            int columns = Math.min(BLOCK, end - j);
            int first = Math.max(0, j - from);
            fetch(next, j, columns, end);
            gemm.multiply(
                    alpha,
                    turned.part(j, columns, first, num - first),
                    rows.part(first, num - first, 0, d),
                    beta,
                    to.part(j, columns, 0, d));
        }
    }

    /// Zeros the weights beyond the diagonal that are read of row `i` of these; `row` is its
    /// address.
    void clearBeyond(long row, int i) {
        int valid = from + i + 1;
        Elementwise.fill(row + 4L * valid, 0, Math.min(from + num, valid + BLOCK - 1) - valid);
    }

    /// The share of the `num`th part from `at` on, of `all`.
    private void fetch(Matrix next, int at, int num, int all) {
        int first = (int) ((long) next.rows() * at / all);
        int last = (int) ((long) next.rows() * (at + num) / all);
        gemm.fetch(next, first, last - first);
    }
}
