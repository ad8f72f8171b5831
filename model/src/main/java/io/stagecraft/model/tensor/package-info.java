@NullMarked
package io.stagecraft.model.tensor;

import org.jspecify.annotations.NullMarked;
