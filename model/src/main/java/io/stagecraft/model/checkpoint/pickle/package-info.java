/// Files of `torch.save` as inert values: no class is loaded and nothing in a file is called.
@NullMarked
package io.stagecraft.model.checkpoint.pickle;

import org.jspecify.annotations.NullMarked;
