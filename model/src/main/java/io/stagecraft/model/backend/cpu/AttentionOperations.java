package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.CachedAttentionSpec;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;

/// Causal self-attention, forward and backward.
final class AttentionOperations {
    private final Gemm gemm;
    private final FewRows fewRows;
    private final DropoutMask masks;
    private final Scratch scratch;

    AttentionOperations(Gemm gemm, FewRows fewRows, DropoutMask masks, Scratch scratch) {
        this.gemm = gemm;
        this.fewRows = fewRows;
        this.masks = masks;
        this.scratch = scratch;
    }

    /// Probabilities before dropout: `[numSequences * H * T, T]`.
    static Shape savedShape(AttentionSpec spec) {
        return Shape.of((long) spec.numSequences() * spec.numHeads() * spec.numPositions(), spec.numPositions());
    }

    /// See [io.stagecraft.model.backend.Backend#attention].
    void forward(AttentionSpec spec, Tensor qkv, Tensor saved, Tensor out) {
        new AttentionForward(
                        gemm,
                        masks,
                        spec,
                        Operands.floats(qkv),
                        Operands.floats(saved),
                        Operands.floats(out),
                        DocumentStarts.of(spec.mask()),
                        scratch.address(spec.dropout().active() ? bytes(spec) : 0))
                .run();
    }

    /// See [io.stagecraft.model.backend.Backend#attentionBackward].
    void backward(AttentionSpec spec, Tensor dOut, Tensor qkv, Tensor saved, Tensor dQkv) {
        new AttentionBackward(
                        gemm,
                        masks,
                        spec,
                        Operands.floats(dOut),
                        Operands.floats(qkv),
                        Operands.floats(saved),
                        Operands.floats(dQkv),
                        scratch.address(spec.dropout().active() ? 2 * bytes(spec) : bytes(spec)))
                .run();
    }

    /// See [io.stagecraft.model.backend.Backend#cachedAttention].
    void cached(CachedAttentionSpec spec, Tensor qkv, Tensor cache, Tensor out) {
        new CachedAttention(
                        gemm,
                        fewRows,
                        spec,
                        Operands.floats(qkv),
                        Operands.floats(cache),
                        Operands.floats(out),
                        scratch.address(4L * Triangle.floats(spec.capacity())))
                .run();
    }

    private static long bytes(AttentionSpec spec) {
        return 4L * Triangle.floats(spec.numPositions());
    }
}
