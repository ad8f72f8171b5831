package io.stagecraft.model.layer;

import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;

/// One trained tensor, or this rank's part of it, with its gradient.
///
/// @param name Megatron-LM's name of the global tensor, for example
///     `language_model.encoder.layers.3.mlp.dense_h_to_4h.weight`; layer numbers are global
/// @param globalShape shape of the whole tensor
/// @param partition which part this rank has
/// @param initialization how it starts
/// @param value this rank's part, of `partition.localShape(globalShape)`
/// @param gradientSum of the same shape; backward adds to it, in microbatch order
/// @param role whether this is the parameter itself or the last stage's copy of the tied embedding
public record Parameter(
        String name,
        Shape globalShape,
        TensorPartition partition,
        Initialization initialization,
        Tensor value,
        GradientSum gradientSum,
        Role role) {
    /// Whether a parameter is trained in its own right.
    public enum Role {
        /// The parameter.
        OWN,
        /// The language-model head's view of the word embeddings: a value equal to the first
        /// stage's, a gradient of its own that is added to the first stage's at the end of the
        /// step. Counts zero in norms and parameter counts, is not saved.
        TIED_COPY
    }

    /// How a parameter starts (Megatron-LM). Values are a function of seed, name and global index.
    public sealed interface Initialization {
        /// Normal with mean 0 and this standard deviation.
        record Normal(double standardDeviation) implements Initialization {}

        /// The same everywhere: 0 for biases, 1 for the weights of layer normalization.
        record Constant(double value) implements Initialization {}
    }

    /// The gradient, as far as it was summed.
    public Tensor gradient() {
        return gradientSum.tensor();
    }

    /// Whether weight decay applies: matrices only, embeddings included (Megatron-LM).
    public boolean decays() {
        return globalShape.rank() > 1;
    }
}
