package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.CachedAttentionSpec;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;

/// Causal self-attention, forward and backward.
final class AttentionOperations {
    private final Gemm gemm;
    private final DropoutMask masks;
    private final Scratch scratch;

    AttentionOperations(Gemm gemm, DropoutMask masks, Scratch scratch) {
        this.gemm = gemm;
        this.masks = masks;
        this.scratch = scratch;
    }

    /// Probabilities before dropout: `[numSequences * H * T, T]`.
    static Shape savedShape(AttentionSpec spec) {
        return Shape.of((long) spec.numSequences() * spec.numHeads() * spec.numPositions(), spec.numPositions());
    }

    /// See [io.stagecraft.model.backend.Backend#attention].
    void forward(AttentionSpec spec, Tensor qkv, Tensor saved, Tensor out) {
        long width = (long) spec.numHeads() * spec.headSize();
        new AttentionForward(
                        gemm,
                        masks,
                        spec,
                        Operands.floats(qkv),
                        Operands.floats(saved),
                        Operands.floats(out),
                        DocumentStarts.of(spec.mask()),
                        scratch.address(blockBytes(spec)))
                .run();
    }

    /// See [io.stagecraft.model.backend.Backend#attentionBackward].
    void backward(AttentionSpec spec, Tensor dOut, Tensor qkv, Tensor saved, Tensor dQkv) {
        long width = (long) spec.numHeads() * spec.headSize();
        new AttentionBackward(
                        gemm,
                        masks,
                        spec,
                        Operands.floats(dOut),
                        Operands.floats(qkv),
                        Operands.floats(saved),
                        Operands.floats(dQkv),
                        scratch.address(2 * blockBytes(spec)))
                .run();
    }

    /// See [io.stagecraft.model.backend.Backend#cachedAttention].
    void cached(CachedAttentionSpec spec, Tensor qkv, Tensor cache, Tensor out) {
        new CachedAttention(
                        gemm,
                        spec,
                        Operands.floats(qkv),
                        Operands.floats(cache),
                        Operands.floats(out),
                        scratch.address(4L * AttentionForward.BLOCK * spec.capacity()))
                .run();
    }

    private static long blockBytes(AttentionSpec spec) {
        return 4L * AttentionForward.BLOCK * spec.numPositions();
    }
}
