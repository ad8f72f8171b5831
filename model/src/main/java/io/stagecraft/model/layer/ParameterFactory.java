package io.stagecraft.model.layer;

import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;

/// Gives layers their parameters: where the memory comes from is the rank's business, not the
/// layer's.
public interface ParameterFactory {
    /// A new parameter with value (uninitialized) and gradient.
    Parameter create(
            String name, Shape globalShape, TensorPartition partition, Parameter.Initialization initialization);

    /// The language-model head's view of the tied embedding `name`: shares the value if this rank
    /// has created `name` already, otherwise a copy that starts with the same values; the gradient
    /// is always its own.
    Parameter tied(String name, Shape globalShape, TensorPartition partition, Parameter.Initialization initialization);
}
