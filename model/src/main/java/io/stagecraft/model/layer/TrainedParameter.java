package io.stagecraft.model.layer;

import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.tensor.Tensor;

/// A parameter whose value this rank updates, with the optimizer's state.
///
/// @param parameter the parameter
/// @param firstMoment of the parameter's local shape
/// @param secondMoment of the parameter's local shape
public record TrainedParameter(Parameter parameter, Tensor firstMoment, Tensor secondMoment) {
    /// What one update reads and writes.
    public AdamTensors adamTensors() {
        return new AdamTensors(parameter.value(), parameter.gradient(), firstMoment, secondMoment);
    }
}
