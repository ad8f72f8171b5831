package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;

/// Layers, each of the shape of its input, of which only the input of the first and the output of
/// the last are kept; backward runs them forward again.
///
/// The second forward gives the bits of the first: masks of dropout are functions of the place in
/// the run, and the weights do not change within a step. Its all-reduces come again too, on all
/// tensor ranks in the same order. Both forwards work in [ForwardContext#scratch].
///
/// - Thread: the rank's compute thread.
/// - Source: Chen et al., arXiv:1604.06174; Megatron-LM, `--recompute-granularity full`.
public final class RecomputedLayer implements Layer {
    private final Backend backend;
    private final List<Layer> layers;

    /// `layers` in the order of forward, at least one.
    public RecomputedLayer(Backend backend, List<Layer> layers) {
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("a recomputed group must have a layer but has none");
        }
        this.backend = backend;
        this.layers = List.copyOf(layers);
    }

    @Override
    public Pass forward(Tensor x, ForwardContext context) {
        Tensor y = context.arena().allocate(x.dtype(), x.shape());
        TensorArena scratch = context.scratch();
        long mark = scratch.mark();
        backend.copy(run(x, new ScratchContext(context, scratch)).getLast().output(), y);
        scratch.reset(mark);
        return switch (context.mode()) {
            case TRAINING -> new RecomputedPass(x, y, context);
            case EVALUATION -> new EvaluatedPass(y);
        };
    }

    private List<Pass> run(Tensor x, ForwardContext context) {
        var passes = new ArrayList<Pass>(layers.size());
        Tensor y = x;
        for (Layer layer : layers) {
            Pass pass = layer.forward(y, context);
            passes.add(pass);
            y = pass.output();
        }
        return passes;
    }

    @Override
    public List<Parameter> parameters() {
        return layers.stream().flatMap(layer -> layer.parameters().stream()).toList();
    }

    private final class RecomputedPass implements Pass {
        private final Tensor x;
        private final Tensor y;
        private final ForwardContext context;
        private Pass first = this;

        RecomputedPass(Tensor x, Tensor y, ForwardContext context) {
            this.x = x;
            this.y = y;
            this.context = context;
        }

        @Override
        public Tensor output() {
            return y;
        }

        /// Does both halves of the layers behind the first, whose gradients then make room.
        @Override
        public Tensor backwardInput(Tensor dY) {
            List<Pass> passes = run(x, new ScratchContext(context, context.scratch()));
            Tensor gradient = dY;
            for (Pass pass : passes.reversed()) {
                gradient = pass.backwardInput(gradient);
                if (pass != passes.getFirst()) {
                    pass.backwardWeight();
                    context.alternateGradients();
                }
            }
            first = passes.getFirst();
            return gradient;
        }

        @Override
        public void backwardWeight() {
            if (first == this) {
                throw new IllegalStateException("backwardWeight comes after backwardInput");
            }
            first.backwardWeight();
        }
    }
}
