/// Machine code for x86-64 that is written at start: the inner loops of matrix products, where a
/// compiler of Java cannot be told which registers to use.
///
/// Knows nothing of tensors and of blocking; [io.stagecraft.model.backend.cpu] calls it.
@NullMarked
package io.stagecraft.model.backend.cpu.code;

import org.jspecify.annotations.NullMarked;
