/// From one kind of saved model to another.
@NullMarked
package io.stagecraft.model.checkpoint.convert;

import org.jspecify.annotations.NullMarked;
