/// From gradients to the next weights.
@NullMarked
package io.stagecraft.model.optimizer;

import org.jspecify.annotations.NullMarked;
