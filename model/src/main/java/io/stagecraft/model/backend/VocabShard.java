package io.stagecraft.model.backend;

import io.stagecraft.model.tensor.Tensor;

/// The columns of the logits that one tensor rank has.
///
/// @param logits `[R, V]`, V the rank's part of the padded vocabulary
/// @param targets INT32 `[R]`, global token ids
/// @param firstColumn global id of column 0
public record VocabShard(Tensor logits, Tensor targets, long firstColumn) {}
