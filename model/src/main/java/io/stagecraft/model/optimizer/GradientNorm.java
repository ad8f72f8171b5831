package io.stagecraft.model.optimizer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import java.util.List;

/// Squared norms of one rank's gradients, one a parameter, so that whoever adds those of all ranks can
/// do it in the model's order: parameter by parameter, within one in ascending tensor rank.
///
/// A parameter that is whole on every tensor rank counts on rank 0 only; the last stage's copy of a tied
/// embedding does not count (Megatron-LM).
///
/// - Thread: the rank's compute thread.
public final class GradientNorm implements AutoCloseable {
    private final Backend backend;
    private final List<Parameter> parameters;
    private final boolean[] counts;
    private final Storage storage;

    /// Norms of the gradients of `parameters` that are trained in their own right. The caller closes it.
    public GradientNorm(Backend backend, TensorParallelGroup group, List<Parameter> parameters) {
        this.backend = backend;
        this.parameters = parameters.stream()
                .filter(parameter -> parameter.role() == Parameter.Role.OWN)
                .toList();
        counts = new boolean[this.parameters.size()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = this.parameters.get(i).partition().countsOnRank(group.rank());
        }
        storage = backend.allocate(Math.max(1, counts.length) * (long) Double.BYTES);
    }

    /// The parameters that count somewhere, in the model's order: what the elements of [#squares] mean.
    public List<Parameter> parameters() {
        return parameters;
    }

    /// `into[i]` = squared norm of the gradient of parameter `i` on this rank, or 0 if another rank counts
    /// it. Waits for the gradients.
    public void squares(double[] into) {
        for (int i = 0; i < counts.length; i++) {
            if (counts[i]) {
                backend.sumOfSquares(parameters.get(i).gradient(), result(i));
            }
        }
        for (int i = 0; i < counts.length; i++) {
            into[i] = counts[i] ? backend.read(result(i), 0) : 0;
        }
    }

    private Tensor result(int i) {
        return new Tensor(storage, i * (long) Double.BYTES, Shape.of(1), DType.FLOAT64);
    }

    /// Frees the memory of the results.
    @Override
    public void close() {
        storage.close();
    }
}
