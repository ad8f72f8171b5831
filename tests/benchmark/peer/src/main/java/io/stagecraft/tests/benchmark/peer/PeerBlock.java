package io.stagecraft.tests.benchmark.peer;

import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;

/// One transformer layer of GPT-2, pre-norm, without dropout.
final class PeerBlock {
    private static final double EPSILON = 1e-5;

    private final PeerOptions sizes;
    private final Norm attentionNorm;
    private final Linear queryKeyValue;
    private final Linear attentionOutput;
    private final Norm mlpNorm;
    private final Linear mlpInput;
    private final Linear mlpOutput;

    PeerBlock(PeerOptions sizes, PeerParameters parameters) {
        int hidden = sizes.hidden();
        // Weights that write into the residual stream start smaller: GPT-2, section 2.3.
        double residualStd = PeerParameters.INITIAL_STD / Math.sqrt(2.0 * sizes.layers());
        this.sizes = sizes;
        this.attentionNorm = Norm.create(parameters, hidden);
        this.queryKeyValue = Linear.create(parameters, PeerParameters.INITIAL_STD, 3 * hidden, hidden);
        this.attentionOutput = Linear.create(parameters, residualStd, hidden, hidden);
        this.mlpNorm = Norm.create(parameters, hidden);
        this.mlpInput = Linear.create(parameters, PeerParameters.INITIAL_STD, 4 * hidden, hidden);
        this.mlpOutput = Linear.create(parameters, residualStd, hidden, 4 * hidden);
    }

    /// `x` and the result are `[B, T, C]`.
    Tensor forward(Tensor x) {
        Tensor attended = x.add(attentionOutput.forward(attention(attentionNorm.forward(x))));
        Tensor inner = gelu(mlpInput.forward(mlpNorm.forward(attended)), "tanh"); // [B, T, 4C]
        return attended.add(mlpOutput.forward(inner));
    }

    private Tensor attention(Tensor x) {
        TensorVector projected = queryKeyValue.forward(x).split(sizes.hidden(), 2); // 3 of [B, T, C]
        Tensor mixed = scaled_dot_product_attention(
                heads(projected.get(0)),
                heads(projected.get(1)),
                heads(projected.get(2)),
                new TensorOptional(),
                0.0,
                true,
                new DoubleOptional(),
                false);
        return mixed.transpose(1, 2).contiguous().view(sizes.batch(), sizes.sequence(), sizes.hidden());
    }

    private Tensor heads(Tensor x) { // [B, T, C] to [B, H, T, D]
        int headSize = sizes.hidden() / sizes.heads();
        return x.view(sizes.batch(), sizes.sequence(), sizes.heads(), headSize).transpose(1, 2);
    }

    /// LayerNorm over the last dimension.
    record Norm(Tensor scale, Tensor shift) {
        static Norm create(PeerParameters parameters, int hidden) {
            return new Norm(parameters.ones(hidden), parameters.zeros(hidden));
        }

        Tensor forward(Tensor x) {
            long[] normalized = {scale.size(0)};
            return layer_norm(x, normalized, new TensorOptional(scale), new TensorOptional(shift), EPSILON, true);
        }
    }

    /// `y = x weightᵀ + bias`, with `weight` `[out, in]`.
    record Linear(Tensor weight, Tensor bias) {
        static Linear create(PeerParameters parameters, double standardDeviation, int out, int in) {
            return new Linear(parameters.matrix(standardDeviation, out, in), parameters.zeros(out));
        }

        Tensor forward(Tensor x) {
            return linear(x, weight, new TensorOptional(bias));
        }
    }
}
