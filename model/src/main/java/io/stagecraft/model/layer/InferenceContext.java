package io.stagecraft.model.layer;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;

/// One sequence on its way to its logits: there are no targets, no loss and no gradients.
///
/// - Thread: one.
public final class InferenceContext implements ForwardContext {
    private final TensorArena arena;
    private final History history;
    private final Tensor tokens;
    private final Tensor positions;

    /// `tokens` at `positions`, as many, behind `history`. Borrows the arena, in which they are put
    /// first.
    public InferenceContext(Backend backend, TensorArena arena, int[] tokens, int[] positions, History history) {
        if (tokens.length != positions.length) {
            throw new IllegalArgumentException(
                    tokens.length + " tokens cannot stand at " + positions.length + " positions");
        }
        this.arena = arena;
        this.history = history;
        this.tokens = ints(backend, tokens);
        this.positions = ints(backend, positions);
    }

    private Tensor ints(Backend backend, int[] values) {
        Tensor tensor = arena.allocate(DType.INT32, Shape.of(values.length));
        backend.upload(values, 0, tensor);
        return tensor;
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
        return Math.toIntExact(tokens.numElements());
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
    public History history() {
        return history;
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
        throw new IllegalStateException("logits have no loss");
    }

    @Override
    public TensorArena arena() {
        return arena;
    }

    @Override
    public TensorArena gradients() {
        throw new IllegalStateException("logits have no gradients");
    }
}
