package io.stagecraft.model.backend;

import io.stagecraft.model.tensor.Tensor;

/// What happens to a matrix product before it leaves the backend: the place where fusion lives.
public sealed interface Epilogue {
    /// Nothing.
    record None() implements Epilogue {}

    /// `c[r] += bias`.
    record AddBias(Tensor bias) implements Epilogue {}

    /// `c[r] += bias`, kept for backward, and `activated = gelu(c)`.
    record AddBiasGelu(Tensor bias, Gelu gelu, Tensor activated) implements Epilogue {}

    /// The one [None].
    Epilogue NONE = new None();
}
