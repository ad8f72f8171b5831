/// Files of `torch.save`.
@NullMarked
package io.stagecraft.model.checkpoint.torch;

import org.jspecify.annotations.NullMarked;
