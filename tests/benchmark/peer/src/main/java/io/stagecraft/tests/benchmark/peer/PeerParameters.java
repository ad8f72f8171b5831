package io.stagecraft.tests.benchmark.peer;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Makes the model's parameters and keeps them in two groups: matrices decay, vectors do not.
///
/// Holding them here also keeps JavaCPP from freeing them.
final class PeerParameters {
    /// GPT-2's standard deviation of initial weights.
    static final double INITIAL_STD = 0.02;

    private final List<Tensor> matrices = new ArrayList<>();
    private final List<Tensor> vectors = new ArrayList<>();

    /// A matrix `[rows, columns]` of normal numbers with mean 0.
    Tensor matrix(double standardDeviation, long rows, long columns) {
        Tensor values = torch.randn(rows, columns).mul_(new Scalar(standardDeviation));
        return keep(matrices, values);
    }

    /// A vector of ones, the initial scale of a LayerNorm.
    Tensor ones(long length) {
        return keep(vectors, torch.ones(length));
    }

    /// A vector of zeros, the initial value of a bias.
    Tensor zeros(long length) {
        return keep(vectors, torch.zeros(length));
    }

    /// The parameters with weight decay.
    List<Tensor> matrices() {
        return List.copyOf(matrices);
    }

    /// The parameters without weight decay.
    List<Tensor> vectors() {
        return List.copyOf(vectors);
    }

    /// Drops all gradients, as `zero_grad(set_to_none=True)` does.
    void dropGradients() {
        matrices.forEach(parameter -> parameter.mutable_grad().reset());
        vectors.forEach(parameter -> parameter.mutable_grad().reset());
    }

    private static Tensor keep(List<Tensor> group, Tensor parameter) {
        parameter.requires_grad_(true);
        group.add(parameter);
        return parameter;
    }
}
