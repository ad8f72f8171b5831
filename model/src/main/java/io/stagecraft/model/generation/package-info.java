@NullMarked
package io.stagecraft.model.generation;

import org.jspecify.annotations.NullMarked;
