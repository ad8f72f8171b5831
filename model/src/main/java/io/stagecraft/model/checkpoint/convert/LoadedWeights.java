package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterFactory;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;

/// Parameters for inference: the gradient is the value itself, which no layer touches in evaluation.
///
/// @param backend says the type
/// @param arena has the memory; borrowed
record LoadedWeights(Backend backend, TensorArena arena) implements ParameterFactory {
    @Override
    public Parameter create(
            String name, Shape globalShape, TensorPartition partition, Parameter.Initialization initialization) {
        return parameter(name, globalShape, partition, initialization, Parameter.Role.OWN);
    }

    /// Has memory of its own: the embedding is loaded for another slice than the head.
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
        Tensor value = arena.allocate(backend.dtype(), partition.localShape(globalShape));
        return new Parameter(name, globalShape, partition, initialization, value, value, role);
    }
}
