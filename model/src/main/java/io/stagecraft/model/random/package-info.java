@NullMarked
package io.stagecraft.model.random;

import org.jspecify.annotations.NullMarked;
