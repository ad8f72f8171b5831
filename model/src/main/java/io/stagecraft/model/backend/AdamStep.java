package io.stagecraft.model.backend;

/// Adam with decoupled weight decay and bias correction, as apex's FusedAdam in AdamW mode
/// (Megatron-LM):
///
/// `g' = gradientScale * g`, `m = β₁ m + (1 - β₁) g'`, `v = β₂ v + (1 - β₂) g'²`, `w -= lr * (m /
/// (1 - β₁ᵗ) / (sqrt(v / (1 - β₂ᵗ)) + ε) + weightDecay * w)`.
///
/// @param learningRate lr
/// @param beta1 β₁
/// @param beta2 β₂
/// @param epsilon ε
/// @param weightDecay decay of this group, 0 for biases and layer normalization
/// @param step t, 1 at the first update
/// @param gradientScale the clipping coefficient, 1 for none
public record AdamStep(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        long step,
        double gradientScale) {}
