package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.List;

/// The model's first layer: `dropout(word[tokens] + position[positions])`.
///
/// Reads tokens and positions from the context and ignores its `x`; its `dX` is an empty tensor,
/// for token ids have no gradient.
public final class EmbeddingLayer implements Layer {
    private final Backend backend;
    private final VocabParallelEmbedding words;
    private final PositionEmbedding positions;
    private final DropoutSite site;

    /// Both tables and the dropout of their sum.
    public EmbeddingLayer(
            Backend backend, VocabParallelEmbedding words, PositionEmbedding positions, DropoutSite site) {
        this.backend = backend;
        this.words = words;
        this.positions = positions;
        this.site = site;
    }

    @Override
    public Pass forward(Tensor x, ForwardContext context) {
        Dropout dropout = site.mask(context);
        Tensor sum = words.forward(context.tokens(), context.arena()); // [R, h]
        positions.addTo(sum, dropout, context);
        return switch (context.mode()) {
            case TRAINING -> new EmbeddingPass(sum, dropout, context);
            case EVALUATION -> new EvaluatedPass(sum);
        };
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(words.table(), positions.table());
    }

    private final class EmbeddingPass implements Pass {
        private final Tensor output;
        private final Dropout dropout;
        private final ForwardContext context;
        private Tensor dSum;

        EmbeddingPass(Tensor output, Dropout dropout, ForwardContext context) {
            this.output = output;
            this.dropout = dropout;
            this.context = context;
            dSum = output;
        }

        @Override
        public Tensor output() {
            return output;
        }

        @Override
        public Tensor backwardInput(Tensor dY) {
            TensorArena gradients = context.gradients();
            dSum = dY;
            if (dropout.active()) {
                dSum = gradients.allocate(dY.dtype(), dY.shape());
                backend.dropoutBackward(dY, dropout, dSum);
            }
            return gradients.allocate(dY.dtype(), Shape.of(0));
        }

        @Override
        public void backwardWeight() {
            words.backwardWeight(dSum, context.tokens());
            positions.backwardWeight(dSum, context.positions());
        }
    }
}
