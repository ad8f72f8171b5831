package io.stagecraft.model.backend;

import io.stagecraft.model.tensor.Tensor;

/// Parameter gradients of layer normalization, both `[C]`, added to.
///
/// @param dWeight gradient of the weight
/// @param dBias gradient of the bias
public record LayerNormGradients(Tensor dWeight, Tensor dBias) {}
