package io.stagecraft.model.layer;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.CachedAttentionSpec;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.List;
import java.util.stream.Stream;

/// Causal multi-head self-attention with its heads split over the tensor ranks.
///
/// Legend: `R` rows, `h` hidden, `P` tensor ranks. One all-reduce forward (g of the output
/// projection), one backward (f of the fused query, key and value projection).
///
/// - Source: Shoeybi et al., arXiv:1909.08053, section 3.
public final class SelfAttention implements ResidualBranch {
    private final Backend backend;
    private final ColumnParallelLinear queryKeyValue;
    private final RowParallelLinear dense;
    private final Heads heads;
    private final DropoutSite probabilitySite;
    private final DropoutSite outputSite;
    private final Probabilities probabilities;

    /// The heads of one tensor rank.
    ///
    /// @param numHeads heads on this rank
    /// @param headSize channels of a head
    /// @param firstHead global number of this rank's first head
    /// @param layer global number of the layer: where the cache keeps their keys and values
    public record Heads(int numHeads, int headSize, int firstHead, int layer) {}

    /// The two places of dropout.
    ///
    /// @param probabilities on the attention probabilities
    /// @param output after the output projection and its bias
    public record Sites(DropoutSite probabilities, DropoutSite output) {}

    /// What backward reads of the probabilities.
    public enum Probabilities {
        /// Those of forward.
        KEPT,
        /// Those of the same computation, done again.
        RECOMPUTED
    }

    /// Attention of `heads` between the two projections.
    public SelfAttention(
            Backend backend,
            ColumnParallelLinear queryKeyValue,
            RowParallelLinear dense,
            Heads heads,
            Sites sites,
            Probabilities probabilities) {
        this.backend = backend;
        this.queryKeyValue = queryKeyValue;
        this.dense = dense;
        this.heads = heads;
        probabilitySite = sites.probabilities();
        outputSite = sites.output();
        this.probabilities = probabilities;
    }

    @Override
    public Pass forward(Tensor x, Tensor residual, Tensor out, ForwardContext context) {
        return switch (context.history()) {
            case History.None() -> whole(x, residual, out, context);
            case History.Cached cached -> continued(x, residual, out, cached, context);
        };
    }

    /// Only the new rows go through the projections; the rest of the sequence is in the cache.
    private Pass continued(Tensor x, Tensor residual, Tensor out, History.Cached history, ForwardContext context) {
        TensorArena arena = context.arena();
        var spec = new CachedAttentionSpec(
                context.numSequences(),
                context.numPositions(),
                history.firstPosition(),
                history.cache().capacity(),
                heads.numHeads(),
                heads.headSize(),
                1 / Math.sqrt(heads.headSize()));
        Tensor qkv = queryKeyValue.forward(x, arena); // [R, 3h/P]
        Tensor mixed = arena.allocate(x.dtype(), dense.inputShape(x.shape().rows())); // [R, h/P]
        Tensor cache = history.cache().of(heads.layer(), history.firstSequence(), context.numSequences());
        backend.cachedAttention(spec, qkv, cache, mixed);
        dense.forward(mixed, residual, Dropout.none(), out);
        return new EvaluatedPass(out);
    }

    private Pass whole(Tensor x, Tensor residual, Tensor out, ForwardContext context) {
        TensorArena arena = context.arena();
        AttentionSpec spec = spec(context);
        Dropout dropout = outputSite.mask(context);
        Tensor qkv = queryKeyValue.forward(x, arena); // [R, 3h/P]
        Tensor mixed = arena.allocate(x.dtype(), dense.inputShape(x.shape().rows())); // [R, h/P]
        Left left = switch (probabilities) {
            case KEPT -> new Left.Probabilities(attend(spec, qkv, mixed, arena));
            case RECOMPUTED -> {
                TensorArena scratch = context.scratch();
                long mark = scratch.mark();
                attend(spec, qkv, mixed, scratch);
                scratch.reset(mark);
                yield new Left.Nothing();
            }
        };
        dense.forward(mixed, residual, dropout, out);
        return new AttentionPass(new Saved(x, qkv, left, mixed, out), spec, dropout, context);
    }

    /// Writes `mixed`, `[R, h/P]`; returns what the backend saves for backward, in `arena`.
    private Tensor attend(AttentionSpec spec, Tensor qkv, Tensor mixed, TensorArena arena) {
        Tensor saved = arena.allocate(backend.dtype(), backend.attentionSavedShape(spec));
        backend.attention(spec, qkv, saved, mixed);
        return saved;
    }

    private AttentionSpec spec(ForwardContext context) {
        return new AttentionSpec(
                context.numSequences(),
                context.numPositions(),
                heads.numHeads(),
                heads.headSize(),
                heads.firstHead(),
                1 / Math.sqrt(heads.headSize()),
                probabilitySite.mask(context),
                context.attentionMask());
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(queryKeyValue.parameters().stream(), dense.parameters().stream())
                .toList();
    }

    /// What forward left of the attention probabilities.
    private sealed interface Left {
        record Probabilities(Tensor kept) implements Left {}

        record Nothing() implements Left {}
    }

    private record Saved(Tensor x, Tensor qkv, Left left, Tensor mixed, Tensor out) {}

    private final class AttentionPass implements Pass {
        private final Saved saved;
        private final AttentionSpec spec;
        private final Dropout dropout;
        private final ForwardContext context;
        private Tensor dDense;
        private Tensor dQkv;

        AttentionPass(Saved saved, AttentionSpec spec, Dropout dropout, ForwardContext context) {
            this.saved = saved;
            this.spec = spec;
            this.dropout = dropout;
            this.context = context;
            dDense = saved.out();
            dQkv = saved.qkv();
        }

        @Override
        public Tensor output() {
            return saved.out();
        }

        @Override
        public Tensor backwardInput(Tensor dOut) {
            TensorArena gradients = context.gradients();
            dDense = dense.backwardDropout(dOut, dropout, gradients); // [R, h]
            dQkv = gradients.allocate(saved.qkv().dtype(), saved.qkv().shape()); // [R, 3h/P]
            long mark = gradients.mark();
            Tensor dMixed =
                    gradients.allocate(saved.mixed().dtype(), saved.mixed().shape()); // [R, h/P]
            dense.backwardInput(dDense, dMixed);
            backwardAttention(dMixed);
            gradients.reset(mark);
            queryKeyValue.backwardBias(dQkv);
            return queryKeyValue.backwardInput(dQkv, gradients); // [R, h]
        }

        /// Writes `dQkv`. What was not kept is computed again, `mixed` with it: the same bits.
        private void backwardAttention(Tensor dMixed) {
            switch (saved.left()) {
                case Left.Probabilities(Tensor kept) ->
                    backend.attentionBackward(spec, dMixed, saved.qkv(), kept, dQkv);
                case Left.Nothing() -> {
                    TensorArena scratch = context.scratch();
                    long mark = scratch.mark();
                    Tensor again = attend(spec, saved.qkv(), saved.mixed(), scratch);
                    backend.attentionBackward(spec, dMixed, saved.qkv(), again, dQkv);
                    scratch.reset(mark);
                }
            }
        }

        @Override
        public void backwardWeight() {
            dense.backwardWeight(dDense, saved.mixed());
            queryKeyValue.backwardWeight(dQkv, saved.x());
        }
    }
}
