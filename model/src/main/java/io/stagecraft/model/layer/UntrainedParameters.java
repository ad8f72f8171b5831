package io.stagecraft.model.layer;

import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import java.util.function.Function;

/// Parameters of a model that is not trained: the gradient is the value itself, which no layer
/// touches in evaluation. A tied copy has memory of its own, since it may be loaded for another
/// slice than the embedding.
///
/// @param memory gives each value its memory, by the shape of this rank's part
public record UntrainedParameters(Function<Shape, Tensor> memory) implements ParameterFactory {
    @Override
    public Parameter create(
            String name, Shape globalShape, TensorPartition partition, Parameter.Initialization initialization) {
        return parameter(name, globalShape, partition, initialization, Parameter.Role.OWN);
    }

    @Override
    public Parameter tied(
            String name, Shape globalShape, TensorPartition partition, Parameter.Initialization initialization) {
        return parameter(name, globalShape, partition, initialization, Parameter.Role.TIED_COPY);
    }

    private Parameter parameter(
            String name,
            Shape globalShape,
            TensorPartition partition,
            Parameter.Initialization initialization,
            Parameter.Role role) {
        Tensor value = memory.apply(partition.localShape(globalShape));
        return new Parameter(name, globalShape, partition, initialization, value, new GradientSum.None(value), role);
    }
}
