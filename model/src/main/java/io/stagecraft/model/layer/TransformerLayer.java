package io.stagecraft.model.layer;

import io.stagecraft.model.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// A pre-LN transformer layer: `x1 = x + attention(layerNorm1(x))`,
/// `x2 = x1 + mlp(layerNorm2(x1))`.
///
/// Two all-reduces forward and two backward a microbatch.
///
/// - Source: Megatron-LM; Shoeybi et al., arXiv:1909.08053, figure 4.
public final class TransformerLayer implements Layer {
    private final Layer attention;
    private final Layer mlp;

    /// Attention and MLP, each with the normalization before it.
    public TransformerLayer(
            LayerNorm inputNorm, ResidualBranch attention, LayerNorm postAttentionNorm, ResidualBranch mlp) {
        this.attention = new ResidualBlock(inputNorm, attention);
        this.mlp = new ResidualBlock(postAttentionNorm, mlp);
    }

    @Override
    public Pass forward(Tensor x, ForwardContext context) {
        Pass first = attention.forward(x, context);
        Pass second = mlp.forward(first.output(), context);
        return new TransformerPass(first, second);
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(attention.parameters().stream(), mlp.parameters().stream())
                .toList();
    }

    private record TransformerPass(Pass attention, Pass mlp) implements Pass {
        @Override
        public Tensor output() {
            return mlp.output();
        }

        @Override
        public Tensor backwardInput(Tensor dY) {
            return attention.backwardInput(mlp.backwardInput(dY));
        }

        @Override
        public void backwardWeight() {
            mlp.backwardWeight();
            attention.backwardWeight();
        }
    }
}
