package io.stagecraft.model.backend;

import io.stagecraft.model.tensor.Tensor;

/// Which positions `j` a position `i` of the same sequence attends to.
public sealed interface AttentionMask {
    /// `j <= i`.
    AttentionMask CAUSAL = new Causal();

    /// `j <= i`.
    record Causal() implements AttentionMask {}

    /// `starts[i] <= j <= i`: a position does not look beyond the start of its document.
    ///
    /// @param starts INT32 `[R]`: for each row the position in its sequence, in `[0, i]`, where its
    ///     document begins; must not change before backward
    record Documents(Tensor starts) implements AttentionMask {}
}
