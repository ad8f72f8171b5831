@NullMarked
package io.stagecraft.model.checkpoint;

import org.jspecify.annotations.NullMarked;
