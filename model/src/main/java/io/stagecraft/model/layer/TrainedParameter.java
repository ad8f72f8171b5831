package io.stagecraft.model.layer;

import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.tensor.Tensor;

/// A parameter of which this rank updates all elements or a range of them, with the optimizer's
/// state of these.
///
/// @param parameter the parameter
/// @param firstElement where the range begins, in the memory order of the rank's part of the
///     parameter
/// @param firstMoment of the elements of the range, which may be none
/// @param secondMoment of the same elements
public record TrainedParameter(Parameter parameter, long firstElement, Tensor firstMoment, Tensor secondMoment) {
    /// Number of elements that this rank updates.
    public long numElements() {
        return firstMoment.numElements();
    }

    /// What one update reads and writes.
    public AdamTensors adamTensors() {
        return new AdamTensors(
                parameter.value().slice(firstElement, numElements()),
                parameter.gradient().slice(firstElement, numElements()),
                firstMoment,
                secondMoment);
    }
}
