package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;

/// Word embedding with the rows of its table split over the tensor ranks: rank `p` has the tokens
/// `[p V / P, (p + 1) V / P)`, gives zeros for the others, and an all-reduce makes the rows whole.
///
/// - Thread: the rank's compute thread.
/// - Source: Shoeybi et al., arXiv:1909.08053, section 3.
public final class VocabParallelEmbedding {
    private final Backend backend;
    private final TensorParallelGroup group;
    private final Parameter table;

    /// An embedding with this rank's rows of `table`, `[V / P, h]`.
    public VocabParallelEmbedding(Backend backend, TensorParallelGroup group, Parameter table) {
        this.backend = backend;
        this.group = group;
        this.table = table;
    }

    /// Rows of `tokens`, `[R, h]` in `arena`, whole on every rank.
    public Tensor forward(Tensor tokens, TensorArena arena) {
        Tensor x = arena.allocate(
                backend.dtype(),
                Shape.of(tokens.numElements(), table.value().shape().d1()));
        backend.embedding(tokens, table.value(), firstRow(), x);
        group.allReduceSum(x);
        return x;
    }

    /// Adds the rows of `dX` to the gradients of their tokens.
    public void backwardWeight(Tensor dX, Tensor tokens) {
        backend.embeddingBackward(dX, tokens, firstRow(), table.gradient());
    }

    /// The table.
    public Parameter table() {
        return table;
    }

    private long firstRow() {
        return group.rank() * table.value().shape().d0();
    }
}
