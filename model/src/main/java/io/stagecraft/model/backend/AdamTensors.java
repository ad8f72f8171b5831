package io.stagecraft.model.backend;

import io.stagecraft.model.tensor.Tensor;

/// What one Adam update reads and writes, all of equal length.
///
/// @param weight read and written
/// @param gradient read
/// @param firstMoment read and written
/// @param secondMoment read and written
public record AdamTensors(Tensor weight, Tensor gradient, Tensor firstMoment, Tensor secondMoment) {}
