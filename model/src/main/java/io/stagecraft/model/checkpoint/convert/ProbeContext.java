package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;

/// One sequence through a model in evaluation.
final class ProbeContext implements ForwardContext {
    /// A prime, so that tokens come from everywhere.
    private static final long TOKEN_STEP = 7919;

    private final TensorArena arena;
    private final int numPositions;
    private final Tensor tokens;
    private final Tensor positions;

    /// A sequence of `numPositions` tokens below `numTokens`, at positions of the whole table of `model`.
    ProbeContext(TensorArena arena, int numPositions, Backend backend, GptConfig model, int numTokens) {
        this.arena = arena;
        this.numPositions = numPositions;
        tokens = arena.allocate(DType.INT32, Shape.of(numPositions));
        positions = arena.allocate(DType.INT32, Shape.of(numPositions));
        int[] tokenIds = new int[numPositions];
        int[] places = new int[numPositions];
        for (int i = 0; i < numPositions; i++) {
            tokenIds[i] = (int) ((i * TOKEN_STEP + numTokens - 1) % numTokens);
            places[i] = (int) (i * (model.maxPositions() - 1L) / Math.max(1, numPositions - 1));
        }
        backend.upload(tokenIds, 0, tokens);
        backend.upload(places, 0, positions);
    }

    @Override
    public Mode mode() {
        return Mode.EVALUATION;
    }

    @Override
    public int numSequences() {
        return 1;
    }

    @Override
    public int numPositions() {
        return numPositions;
    }

    @Override
    public long firstSample() {
        return 0;
    }

    @Override
    public Tensor tokens() {
        return tokens;
    }

    @Override
    public Tensor positions() {
        return positions;
    }

    @Override
    public AttentionMask attentionMask() {
        return AttentionMask.CAUSAL;
    }

    @Override
    public Tensor targets() {
        throw new IllegalStateException("logits need no targets");
    }

    @Override
    public Tensor lossWeights() {
        throw new IllegalStateException("logits need no weights of losses");
    }

    @Override
    public double lossScale() {
        return 1;
    }

    @Override
    public TensorArena arena() {
        return arena;
    }

    @Override
    public TensorArena gradients() {
        throw new IllegalStateException("evaluation has no gradients");
    }
}
