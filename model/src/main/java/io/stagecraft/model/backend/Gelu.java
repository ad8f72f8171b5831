package io.stagecraft.model.backend;

/// Which GELU (Megatron-LM): the two differ by up to 5e-4.
public enum Gelu {
    /// `0.5 x (1 + tanh(0.7978845608 x (1 + 0.044715 x²)))`: Megatron-LM with bias-gelu fusion,
    /// Hugging Face's `gelu_new`.
    TANH,
    /// `x Φ(x)`: Megatron-LM with `--no-bias-gelu-fusion`.
    ERF
}
