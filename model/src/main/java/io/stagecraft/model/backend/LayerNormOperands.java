package io.stagecraft.model.backend;

import io.stagecraft.model.tensor.Tensor;

/// What layer normalization reads, forward and backward.
///
/// @param x `[R, C]`
/// @param weight `[C]`
/// @param bias `[C]`
/// @param statistics `[R, 2]`, mean and reciprocal standard deviation of each row: written by
///     forward, read by backward
/// @param epsilon added to the variance
public record LayerNormOperands(Tensor x, Tensor weight, Tensor bias, Tensor statistics, double epsilon) {}
