package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.tensor.Tensor;

/// Learned absolute positions, the same on every tensor rank, with the dropout that follows their
/// sum.
///
/// - Thread: the rank's compute thread.
public final class PositionEmbedding {
    private final Backend backend;
    private final Parameter table;

    /// An embedding with `table` `[maxPositions, h]`.
    public PositionEmbedding(Backend backend, Parameter table) {
        this.backend = backend;
        this.table = table;
    }

    /// `x = dropout(x + table[positions])`, in place.
    public void addTo(Tensor x, Dropout dropout, ForwardContext context) {
        if (context.numPositions() > table.globalShape().d0()) {
            throw new IllegalArgumentException(
                    "sequences have " + context.numPositions() + " positions but the model's position table has "
                            + table.globalShape().d0() + " rows");
        }
        backend.addRowsDropout(context.positions(), table.value(), dropout, x);
    }

    /// Adds the rows of `dSum`, the gradient before dropout, to those of their positions.
    public void backwardWeight(Tensor dSum, Tensor positions) {
        backend.embeddingBackward(dSum, positions, 0, table.gradient());
    }

    /// The table.
    public Parameter table() {
        return table;
    }
}
