package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.List;
import java.util.stream.Stream;

/// Two linear layers with a GELU between, the inner width `f` split over the tensor ranks.
///
/// One all-reduce forward (g of the second), one backward (f of the first).
///
/// - Source: Shoeybi et al., arXiv:1909.08053, section 3.
public final class Mlp implements ResidualBranch {
    private final ColumnParallelLinear in;
    private final RowParallelLinear out;
    private final Gelu gelu;
    private final DropoutSite site;

    /// `dropout(gelu(x W1ᵀ + b1) W2ᵀ + b2)`; `site` is the dropout at its end.
    public Mlp(ColumnParallelLinear in, RowParallelLinear out, Gelu gelu, DropoutSite site) {
        this.in = in;
        this.out = out;
        this.gelu = gelu;
        this.site = site;
    }

    @Override
    public Pass forward(Tensor x, Tensor residual, Tensor result, ForwardContext context) {
        TensorArena arena = context.arena();
        Dropout dropout = site.mask(context);
        Tensor activated = in.allocate(x, arena); // [R, f/P]
        Tensor preactivation = in.forwardGelu(x, gelu, activated, arena); // [R, f/P]
        out.forward(activated, residual, dropout, result);
        return new MlpPass(new Saved(x, preactivation, activated, result), dropout, context);
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(in.parameters().stream(), out.parameters().stream())
                .toList();
    }

    private record Saved(Tensor x, Tensor preactivation, Tensor activated, Tensor result) {}

    private final class MlpPass implements Pass {
        private final Saved saved;
        private final Dropout dropout;
        private final ForwardContext context;
        private Tensor dOut;
        private Tensor dPreactivation;

        MlpPass(Saved saved, Dropout dropout, ForwardContext context) {
            this.saved = saved;
            this.dropout = dropout;
            this.context = context;
            dOut = saved.result();
            dPreactivation = saved.preactivation();
        }

        @Override
        public Tensor output() {
            return saved.result();
        }

        @Override
        public Tensor backwardInput(Tensor dResult) {
            TensorArena gradients = context.gradients();
            dOut = out.backwardDropout(dResult, dropout, gradients); // [R, h]
            dPreactivation = gradients.allocate(
                    saved.activated().dtype(), saved.activated().shape()); // [R, f/P]
            out.backwardInput(dOut, dPreactivation);
            in.backwardGelu(gelu, dPreactivation, saved.preactivation());
            return in.backwardInput(dPreactivation, gradients); // [R, h]
        }

        @Override
        public void backwardWeight() {
            out.backwardWeight(dOut, saved.activated());
            in.backwardWeight(dPreactivation, saved.x());
        }
    }
}
