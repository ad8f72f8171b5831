/// Reads Megatron-LM's checkpoints, `model_optim_rng.pt`.
@NullMarked
package io.stagecraft.model.checkpoint.megatron;

import org.jspecify.annotations.NullMarked;
